import CNGHTTP2
import HTTPModel
import Memory

extension HTTP2Session {
  // MARK: heads

  /// Opens a stream with a request's head. Clients only.
  /// - Parameter body: what is to follow it; nil for nothing.
  public func send(
    _ head: RequestHead, scheme: StaticString, body: ByteBuffer?, on stream: HTTP2Stream
  ) throws(HTTP2ConnectionFault) {
    begin(head)
    stream.outgoing = body
    // SAFETY: each pointer below is into `head.bytes`, which nothing touches until nghttp2 has copied the
    // text, or to text that lives for ever; the stream outlives its use, as the session keeps it.
    let provider = unsafe bodyProvider(for: stream)
    let id = unsafe head.bytes.readUnsafely { bytes in
      let isConnect = head.method == .connect
      if head.upgrade.isEmpty {
        unsafe fields.append(":method", bytes, head.methodText)
      } else {
        fields.append(":method", "CONNECT")
        unsafe fields.append(":protocol", bytes, head.upgrade)
      }
      if !isConnect {
        fields.append(":scheme", scheme)
        unsafe fields.append(":path", bytes, head.target)
      }
      unsafe fields.append(":authority", bytes, head.authority)
      if head.acceptsTrailers { fields.append("te", "trailers") }
      unsafe fields.append(head, bytes, skipping: .host)
      return unsafe nghttp2_submit_request(
        session, nil, fields.entries, fields.count, provider,
        Unmanaged.passUnretained(stream).toOpaque())
    }
    try Self.check(id)
    keep(stream, id)
  }

  /// Sends a final response's head. Servers only.
  /// - Parameter body: what is to follow it; nil for nothing.
  public func send(_ head: ResponseHead, body: ByteBuffer?, on stream: HTTP2Stream) {
    begin(head)
    stream.outgoing = body
    // SAFETY: each pointer below is into `head.bytes`, which nothing touches until nghttp2 has copied the
    // text, or to text that lives for ever; the stream outlives its use, as the session keeps it.
    let provider = unsafe bodyProvider(for: stream)
    let status = head.writeStatus()
    // SAFETY: as above.
    _ = unsafe head.bytes.readUnsafely { bytes in
      unsafe fields.append(":status", bytes, status)
      unsafe fields.append(head, bytes)
      return unsafe nghttp2_submit_response(
        session, stream.id, fields.entries, fields.count, provider)
    }
  }

  /// Sends an interim response's head (RFC 9110 section 15.2). Servers only.
  public func sendInterim(_ head: ResponseHead, on stream: HTTP2Stream) {
    begin(head)
    let status = head.writeStatus()
    // SAFETY: as above.
    _ = unsafe head.bytes.readUnsafely { bytes in
      unsafe fields.append(":status", bytes, status)
      unsafe fields.append(head, bytes)
      return unsafe nghttp2_submit_headers(
        session, 0, stream.id, nil, fields.entries, fields.count, nil)
    }
  }

  /// There is more in the stream's `outgoing`.
  public func resume(_ stream: HTTP2Stream) {
    guard stream.outgoing != nil else { return }
    // SAFETY: the session lives; a stream that waits for nothing is left as it is.
    _ = unsafe nghttp2_session_resume_data(session, stream.id)
  }

  /// The stream's `outgoing` holds the last of the body, or will when its head is sent.
  public func endBody(of stream: HTTP2Stream, trailers: Trailers?) {
    stream.isOutgoingComplete = true
    if let trailers, !trailers.isEmpty { stream.outgoingTrailers = memory.copy(trailers) }
    resume(stream)
  }

  /// Ends the stream at once.
  public func reset(_ stream: HTTP2Stream, _ code: HTTP2ErrorCode) {
    guard stream.id > 0 else { return }
    stream.isResetByUs = true
    // SAFETY: the session lives; a stream that is over is ignored.
    _ = unsafe nghttp2_submit_rst_stream(session, 0, stream.id, code.rawValue)
  }

  /// Within `produce`, behind the last byte of the body.
  func sendTrailers(_ trailers: Trailers, on stream: HTTP2Stream) {
    begin(trailers)
    // SAFETY: as above.
    _ = unsafe trailers.bytes.readUnsafely { bytes in
      unsafe fields.append(trailers, bytes)
      return unsafe nghttp2_submit_trailer(session, stream.id, fields.entries, fields.count)
    }
    memory.recycle(trailers)
  }

  // MARK: fields

  /// What nghttp2 asks for the stream's body, for one call; nil for a stream without one.
  private func bodyProvider(for stream: HTTP2Stream) -> UnsafePointer<nghttp2_data_provider>? {
    guard stream.outgoing != nil else { return nil }
    // SAFETY: nghttp2 copies what this points to, and the session owns it.
    unsafe provider.pointee = HTTP2Callbacks.provider(for: stream)
    return unsafe UnsafePointer(provider)
  }

  /// Names the head's length where nothing does.
  private func begin(_ head: MessageHead) {
    fields.clear()
    if case .length(let count) = head.framing, head.firstIndex(of: .contentLength) == nil {
      head.addField(.contentLength, name: "content-length") { head.bytes.append(decimal: count) }
    }
  }
}
