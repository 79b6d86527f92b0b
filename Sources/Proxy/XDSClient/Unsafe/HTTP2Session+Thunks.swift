import CNGHTTP2

// What nghttp2 calls: each resolves the session and notes what happened. nghttp2 forbids calling it
// back from here, so that the events are looked at after it has returned.

extension HTTP2Session {
  func setCallbacks(_ callbacks: OpaquePointer?) {
    // SAFETY: the pointer is nghttp2's own fresh object; the functions live for ever.
    unsafe nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, onFrame)
    unsafe nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, onHeadersBegin)
    unsafe nghttp2_session_callbacks_set_on_header_callback(callbacks, onField)
    unsafe nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, onData)
    unsafe nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, onClose)
    unsafe nghttp2_session_callbacks_set_error_callback2(callbacks, onComplaint)
  }

  /// Calls `body` with nghttp2's form of the fields, valid only inside.
  func withFieldList<R>(
    _ fields: [HTTP2Event.Field], _ body: (UnsafePointer<nghttp2_nv>?, Int) -> R
  ) -> R {
    var text = fields.flatMap { Array($0.name.utf8) + Array($0.value.utf8) }
    // SAFETY: each pointer and length lies in `text`, which lives until `body` has returned;
    // offsets add up as the array was built, and nghttp2 only reads.
    return unsafe text.withUnsafeMutableBufferPointer { text in
      var list = unsafe [nghttp2_nv]()
      var offset = 0
      for field in fields {
        let (name, value) = (field.name.utf8.count, field.value.utf8.count)
        let start = unsafe text.baseAddress! + offset
        let entry = unsafe nghttp2_nv(
          name: start, value: start + name, namelen: name, valuelen: value, flags: 0)
        unsafe list.append(entry)
        offset += name + value
      }
      return unsafe list.withUnsafeBufferPointer { unsafe body($0.baseAddress, $0.count) }
    }
  }
}

/// The session that was given to nghttp2 as user data.
private func session(_ userData: UnsafeMutableRawPointer?) -> HTTP2Session {
  // SAFETY: the user data is the session whose call is under way, so it lives.
  unsafe Unmanaged<HTTP2Session>.fromOpaque(userData!).takeUnretainedValue()
}

private func onHeadersBegin(
  _: OpaquePointer?, _ frame: UnsafePointer<nghttp2_frame>?, _ userData: UnsafeMutableRawPointer?
) -> Int32 {
  // SAFETY: as `session` says.
  let session = unsafe session(userData)
  session.fields = []
  session.fieldBytes = 0
  return 0
}

private func onField(
  _: OpaquePointer?, _ frame: UnsafePointer<nghttp2_frame>?, _ name: UnsafePointer<UInt8>?,
  _ nameCount: Int, _ value: UnsafePointer<UInt8>?, _ valueCount: Int, _ flags: UInt8,
  _ userData: UnsafeMutableRawPointer?
) -> Int32 {
  // SAFETY: nghttp2 shows name and value for the call; they are copied.
  let session = unsafe session(userData)
  session.fieldBytes += nameCount + valueCount
  guard session.fieldBytes <= HTTP2Session.maxHeaderBytes else {
    return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE.rawValue
  }
  let name = unsafe UnsafeBufferPointer(start: name, count: nameCount)
  let value = unsafe UnsafeBufferPointer(start: value, count: valueCount)
  session.fields.append(
    HTTP2Event.Field(
      name: unsafe String(decoding: name, as: UTF8.self),
      value: unsafe String(decoding: value, as: UTF8.self)))
  return 0
}

private func onData(
  _: OpaquePointer?, _ flags: UInt8, _ stream: Int32, _ bytes: UnsafePointer<UInt8>?, _ count: Int,
  _ userData: UnsafeMutableRawPointer?
) -> Int32 {
  // SAFETY: nghttp2 shows the bytes for the call; they are copied.
  let bytes = unsafe Array(UnsafeBufferPointer(start: bytes, count: count))
  unsafe session(userData).events.append(.data(bytes))
  return 0
}

private func onClose(
  _: OpaquePointer?, _ stream: Int32, _ errorCode: UInt32, _ userData: UnsafeMutableRawPointer?
) -> Int32 {
  // SAFETY: as `session` says.
  unsafe session(userData).events.append(.streamClosed(errorCode: errorCode))
  return 0
}

private func onComplaint(
  _: OpaquePointer?, _ code: Int32, _ text: UnsafePointer<CChar>?, _ count: Int,
  _ userData: UnsafeMutableRawPointer?
) -> Int32 {
  // SAFETY: nghttp2 shows a C string for the call; it is copied.
  unsafe session(userData).complaint = String(cString: text!)
  return 0
}

private func onFrame(
  _: OpaquePointer?, _ frame: UnsafePointer<nghttp2_frame>?, _ userData: UnsafeMutableRawPointer?
) -> Int32 {
  // SAFETY: nghttp2 shows the frame for the call; the header says which member of the union holds.
  let session = unsafe session(userData)
  let frame = unsafe frame!.pointee
  let header = unsafe frame.hd
  let flags = UInt32(header.flags)
  switch UInt32(header.type) {
  case NGHTTP2_HEADERS.rawValue:
    let isLast = flags & NGHTTP2_FLAG_END_STREAM.rawValue != 0
    session.events.append(.headers(session.fields, isLast: isLast))
  case NGHTTP2_DATA.rawValue where flags & NGHTTP2_FLAG_END_STREAM.rawValue != 0:
    session.events.append(.streamEnded)
  case NGHTTP2_SETTINGS.rawValue where flags & NGHTTP2_FLAG_ACK.rawValue == 0:
    session.events.append(.settings)
  case NGHTTP2_PING.rawValue where flags & NGHTTP2_FLAG_ACK.rawValue != 0:
    session.events.append(.pingAcknowledged)
  case NGHTTP2_GOAWAY.rawValue:
    let goAway = unsafe frame.goaway
    let debug = unsafe UnsafeBufferPointer(
      start: goAway.opaque_data, count: goAway.opaque_data_len)
    session.events.append(
      .goAway(
        errorCode: unsafe goAway.error_code, debug: unsafe String(decoding: debug, as: UTF8.self)))
  default: break
  }
  return 0
}

/// The stream's body is wanted; nothing there defers it until `send` resumes it.
func onBodyWanted(
  _: OpaquePointer?, _ stream: Int32, _ target: UnsafeMutablePointer<UInt8>?, _ room: Int,
  _ flags: UnsafeMutablePointer<UInt32>?, _ source: UnsafeMutablePointer<nghttp2_data_source>?,
  _ userData: UnsafeMutableRawPointer?
) -> Int {
  // SAFETY: nghttp2 lends `room` bytes at `target` for the call.
  let frame = unsafe UnsafeMutableBufferPointer(start: target, count: room)
  return unsafe session(userData).takeBody(into: frame)
    ?? Int(NGHTTP2_ERR_DEFERRED.rawValue)
}
