import CNGHTTP2
import HTTPModel
import Memory

/// What nghttp2 calls. Each function resolves session and stream and hands on; nghttp2 forbids calling
/// `receive` or `produce` from within, but takes frames to send.
@safe
final class HTTP2Callbacks: Sendable {
  static let shared = HTTP2Callbacks()

  // SAFETY: made once, only read afterwards, kept for ever.
  nonisolated(unsafe) let pointer: OpaquePointer?

  private init() {
    var callbacks: OpaquePointer?
    // SAFETY: the pointer is nghttp2's own fresh object; the functions live for ever.
    precondition(unsafe nghttp2_session_callbacks_new(&callbacks) == 0, "memory at start")
    unsafe nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, onBlockBegin)
    unsafe nghttp2_session_callbacks_set_on_header_callback(callbacks, onField)
    unsafe nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, onData)
    unsafe nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, onFrame)
    unsafe nghttp2_session_callbacks_set_on_invalid_frame_recv_callback(callbacks, onInvalidFrame)
    unsafe nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, onClose)
    unsafe nghttp2_session_callbacks_set_on_frame_send_callback(callbacks, onFrameSent)
    unsafe nghttp2_session_callbacks_set_send_data_callback(callbacks, onBodySent)
    unsafe nghttp2_session_callbacks_set_error_callback2(callbacks, onComplaint)
    unsafe pointer = callbacks
  }

  static func provider(for stream: HTTP2Stream) -> nghttp2_data_provider {
    // SAFETY: the session keeps the stream until it is closed, and nghttp2 asks no more afterwards.
    var provider = unsafe nghttp2_data_provider()
    unsafe provider.source.ptr = Unmanaged.passUnretained(stream).toOpaque()
    unsafe provider.read_callback = onBodyWanted
    return unsafe provider
  }
}

/// Calls `body` with the session, without counting the reference.
@inline(__always)
private func session<R>(_ userData: UnsafeMutableRawPointer?, _ body: (HTTP2Session) -> R) -> R {
  // SAFETY: the user data is the session whose call is under way, so it lives.
  unsafe Unmanaged<HTTP2Session>.fromOpaque(userData!)._withUnsafeGuaranteedRef(body)
}

extension HTTP2Session {
  /// The stream of that number, if it is open.
  func stream(_ id: Int32) -> HTTP2Stream? {
    // SAFETY: the session lives.
    unsafe stream(at: nghttp2_session_get_stream_user_data(session, id))
  }

  fileprivate func stream(at pointer: UnsafeMutableRawPointer?) -> HTTP2Stream? {
    if isEnded { return nil }
    // SAFETY: `insert` gives a stream's pointer to nghttp2 and keeps the stream until nghttp2 says that it
    // is closed, or `end` was called.
    return unsafe pointer.map { unsafe Unmanaged<HTTP2Stream>.fromOpaque($0).takeUnretainedValue() }
  }
}

// MARK: frames in

private let proceed: Int32 = 0

private func onBlockBegin(
  _: OpaquePointer?, _ frame: UnsafePointer<nghttp2_frame>?, _ userData: UnsafeMutableRawPointer?
) -> Int32 {
  // SAFETY: nghttp2 shows the frame for the call; it is a HEADERS frame.
  let id = unsafe frame!.pointee.hd.stream_id
  let isRequest = unsafe frame!.pointee.headers.cat == NGHTTP2_HCAT_REQUEST
  unsafe session(userData) { $0.blockBegan(id, isRequest: isRequest) }
  return proceed
}

private func onField(
  _: OpaquePointer?, _ frame: UnsafePointer<nghttp2_frame>?, _ name: UnsafePointer<UInt8>?,
  _ nameCount: Int, _ value: UnsafePointer<UInt8>?, _ valueCount: Int, _ flags: UInt8,
  _ userData: UnsafeMutableRawPointer?
) -> Int32 {
  // SAFETY: nghttp2 shows name and value for the call, never nil; they are copied.
  let name = unsafe Span(_unsafeStart: name!, count: nameCount)
  let value = unsafe Span(_unsafeStart: value!, count: valueCount)
  unsafe session(userData) { $0.fieldDecoded(name, value) }
  return proceed
}

private func onData(
  _: OpaquePointer?, _ flags: UInt8, _ id: Int32, _ bytes: UnsafePointer<UInt8>?, _ count: Int,
  _ userData: UnsafeMutableRawPointer?
) -> Int32 {
  // SAFETY: nghttp2 shows the bytes for the call, never nil.
  let bytes = unsafe Span(_unsafeStart: bytes!, count: count)
  unsafe session(userData) { $0.bodyReceived(bytes, on: id) }
  return proceed
}

private func onFrame(
  _: OpaquePointer?, _ frame: UnsafePointer<nghttp2_frame>?, _ userData: UnsafeMutableRawPointer?
) -> Int32 {
  // SAFETY: nghttp2 shows the frame for the call.
  unsafe session(userData) { unsafe $0.frameReceived(frame!) }
  return proceed
}

extension HTTP2Session {
  fileprivate func frameReceived(_ frame: UnsafePointer<nghttp2_frame>) {
    // SAFETY: as above; the header says which member of the union holds.
    let header = unsafe frame.pointee.hd
    let flags = UInt32(header.flags)
    switch UInt32(header.type) {
    case NGHTTP2_HEADERS.rawValue:
      blockEnded(ended: flags & NGHTTP2_FLAG_END_STREAM.rawValue != 0)
    case NGHTTP2_DATA.rawValue:
      let padding = unsafe frame.pointee.data.padlen
      if flags & NGHTTP2_FLAG_END_STREAM.rawValue != 0 {
        bodyEnded(on: header.stream_id)
      } else if padding > 0, padding == header.length {
        spend(.emptyFrames)
      }
    case NGHTTP2_SETTINGS.rawValue:
      if flags & NGHTTP2_FLAG_ACK.rawValue == 0 { settingsApplied() }
    case NGHTTP2_PING.rawValue:
      if flags & NGHTTP2_FLAG_ACK.rawValue != 0 { delegate.pingAcknowledged() }
    case NGHTTP2_GOAWAY.rawValue: unsafe goAwayReceived(frame.pointee.goaway)
    default: break
    }
  }

  private func goAwayReceived(_ frame: nghttp2_goaway) {
    // SAFETY: nghttp2 shows the frame's text for the call.
    delegate.goAwayReceived(
      lastStream: unsafe frame.last_stream_id, HTTP2ErrorCode(rawValue: unsafe frame.error_code),
      debug: unsafe Self.text(of: frame))
  }

  private static func text(of frame: nghttp2_goaway) -> String {
    // SAFETY: nghttp2 shows the frame's text for the call; it is copied.
    let text = unsafe UnsafeBufferPointer(start: frame.opaque_data, count: frame.opaque_data_len)
    return unsafe String(decoding: text, as: UTF8.self)
  }

  /// nghttp2 writes down what it found wrong.
  fileprivate func goAwaySent(_ frame: nghttp2_goaway) {
    // SAFETY: nghttp2 shows the frame's text for the call.
    let code = HTTP2ErrorCode(rawValue: unsafe frame.error_code)
    guard code != .noError, code != .enhanceYourCalm else { return }
    let text = unsafe Self.text(of: frame)
    let found = text.isEmpty ? complaint : text
    delegate.errorSent(HTTP2ConnectionFault(found.isEmpty ? code.name : "\(code.name): \(found)"))
  }
}

/// nghttp2 resets the frame's stream.
private func onInvalidFrame(
  _: OpaquePointer?, _ frame: UnsafePointer<nghttp2_frame>?, _ code: Int32,
  _ userData: UnsafeMutableRawPointer?
) -> Int32 {
  // SAFETY: nghttp2 shows the frame for the call.
  let id = unsafe frame!.pointee.hd.stream_id
  let isOneTooMany = code == NGHTTP2_ERR_REFUSED_STREAM.rawValue
  unsafe session(userData) { $0.frameRefused(on: id, isOneTooMany: isOneTooMany) }
  return proceed
}

private func onClose(
  _: OpaquePointer?, _ id: Int32, _ code: UInt32, _ userData: UnsafeMutableRawPointer?
) -> Int32 {
  // SAFETY: as `session` says.
  unsafe session(userData) { $0.streamClosed(id, HTTP2ErrorCode(rawValue: code)) }
  return proceed
}

private func onComplaint(
  _: OpaquePointer?, _ code: Int32, _ text: UnsafePointer<CChar>?, _ count: Int,
  _ userData: UnsafeMutableRawPointer?
) -> Int32 {
  // SAFETY: nghttp2 shows a C string for the call; it is copied.
  let text = unsafe String(cString: text!)
  unsafe session(userData) { $0.complaint = text }
  return proceed
}

// MARK: frames out

/// How much of the stream's body goes into the next DATA frame.
private func onBodyWanted(
  _: OpaquePointer?, _ id: Int32, _: UnsafeMutablePointer<UInt8>?, _ room: Int,
  _ flags: UnsafeMutablePointer<UInt32>?, _ source: UnsafeMutablePointer<nghttp2_data_source>?,
  _ userData: UnsafeMutableRawPointer?
) -> Int {
  // SAFETY: the source is what `provider` made; the flags are nghttp2's to be set.
  unsafe session(userData) {
    guard let stream = unsafe $0.stream(at: source!.pointee.ptr), let body = stream.outgoing
    else { return Int(NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE.rawValue) }
    return unsafe $0.portion(of: body, of: stream, room, &flags!.pointee)
  }
}

extension HTTP2Session {
  fileprivate func portion(
    of body: ByteBuffer, of stream: HTTP2Stream, _ room: Int, _ flags: inout UInt32
  ) -> Int {
    let count = min(room, body.count, bodyRoom)
    let isLast = stream.isOutgoingComplete && count == body.count
    if count == 0, !isLast {
      if !body.isEmpty { postpone(stream) }
      return Int(NGHTTP2_ERR_DEFERRED.rawValue)
    }
    flags |= NGHTTP2_DATA_FLAG_NO_COPY.rawValue
    guard isLast else { return count }
    flags |= NGHTTP2_DATA_FLAG_EOF.rawValue
    if let trailers = stream.outgoingTrailers.take() {
      flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM.rawValue
      sendTrailers(trailers, on: stream)
    }
    return count
  }
}

private func onBodySent(
  _: OpaquePointer?, _ frame: UnsafeMutablePointer<nghttp2_frame>?,
  _ header: UnsafePointer<UInt8>?, _ count: Int,
  _ source: UnsafeMutablePointer<nghttp2_data_source>?, _ userData: UnsafeMutableRawPointer?
) -> Int32 {
  // SAFETY: as in onBodyWanted; the header is nine bytes; no frame of ours is padded.
  unsafe session(userData) {
    guard let stream = unsafe $0.stream(at: source!.pointee.ptr) else {
      return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE.rawValue
    }
    unsafe $0.writeData(Span(_unsafeStart: header!, count: 9), count, of: stream)
    return proceed
  }
}

private func onFrameSent(
  _: OpaquePointer?, _ frame: UnsafePointer<nghttp2_frame>?, _ userData: UnsafeMutableRawPointer?
) -> Int32 {
  // SAFETY: nghttp2 shows the frame for the call.
  let header = unsafe frame!.pointee.hd
  let type = UInt32(header.type)
  if type == NGHTTP2_HEADERS.rawValue || type == NGHTTP2_DATA.rawValue,
    UInt32(header.flags) & NGHTTP2_FLAG_END_STREAM.rawValue != 0
  {
    unsafe session(userData) { $0.stream(header.stream_id)?.onEndSent() }
  } else if type == NGHTTP2_GOAWAY.rawValue {
    unsafe session(userData) { unsafe $0.goAwaySent(frame!.pointee.goaway) }
  }
  return proceed
}
