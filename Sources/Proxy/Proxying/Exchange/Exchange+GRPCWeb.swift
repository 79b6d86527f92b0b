import GRPC
import HTTPModel
import Memory

/// Calls of gRPC-Web become calls of gRPC, and the answers to those become answers to these. Bodies are
/// translated piece by piece, so that nothing of them waits here. Source: gRPC Web; the filter `grpc_web`.
extension Exchange {
  // MARK: request

  func translateRequestHead(_ client: GRPCClient) {
    let head = requestHead
    head.remove(.contentType)
    head.addField(.contentType, name: KnownHeader.contentType.name) {
      head.bytes.append("application/grpc")
      let format = head.text(client.format)
      guard !format.isEmpty, !format.equalsIgnoringCase("proto") else { return }
      head.bytes.append("+")
      head.bytes.append(head.text(client.format))
    }
    head.acceptsTrailers = true
    if client.sendsText, case .length(let count) = head.framing, count > 0 {
      head.remove(.contentLength)
      head.framing = .chunked
    }
  }

  /// Takes the next bytes of a call's body.
  func appendRequest(_ bytes: Span<UInt8>) {
    guard call?.decoder != nil else {
      call?.count(request: bytes)
      return request.append(bytes)
    }
    guard case .none? = call?.requestFault else { return }
    let decoded = worker.buffers.acquire()
    do throws(Base64Fault) {
      try call?.decoder?.decode(bytes, into: decoded)
      call?.count(request: decoded.readable)
      request.append(decoded.readable)
    } catch { call?.requestFault = .found(error.cause) }
    worker.buffers.release(decoded)
  }

  /// The body ends: it may not be cut off.
  func endRequestText() {
    guard case .none? = call?.requestFault else { return }
    do throws(Base64Fault) { try call?.decoder?.end() } catch {
      call?.requestFault = .found(error.cause)
    }
  }

  /// The body so far is no text of gRPC-Web, and nobody has told the client.
  var hasRequestFault: Bool { if case .found? = call?.requestFault { true } else { false } }

  /// Tells it.
  func refuseRequestText() {
    guard case .found(let cause)? = call?.requestFault else { return }
    call?.requestFault = .told
    manager?.stats.downstreamConnectionProtocolError.add()
    refuse(status: 400, cause)
  }

  // MARK: response

  /// Gives a response's head the form that the client of the call understands. What is no response of gRPC
  /// becomes an error that is told behind it, in a trailer frame.
  func translateResponseHead() {
    let head = responseHead
    let status = head.grpcStatus
    let type = head.status == 200 ? head.grpcMediaType : nil
    call?.status = status
    call?.isAnswered = type?.form == .grpc
    guard let client = call?.client, client.isWeb else { return }
    guard let type, type.form == .grpc else {
      if type == nil { beginFailure(client) }
      return
    }
    let start = head.nextIndex(of: .contentType).map { Int(head.field(at: $0).valueOffset) } ?? 0
    let format = ByteRange(offset: start + type.format.lowerBound, count: type.format.count)
    head.remove(.contentType)
    addContentType(client.form, head.text(format))
    let isWhole = head.framing == .none || head.framing == .length(0)
    if status == nil || !isWhole { beginFrames(client) }
  }

  private func beginFailure(_ client: GRPCClient) {
    let head = responseHead
    let hidden = head.nextIndex(of: .other, name: Self.contentEncoding.span, from: 0)
    call?.failure = GRPCFailure(
      status: GRPCStatus(httpStatus: head.status), hidesBody: hidden != nil)
    if let hidden { head.mark(hidden, .removed) }
    head.status = 200
    head.remove(.contentType)
    let request = requestHead
    addContentType(client.form, request.text(client.format))
    beginFrames(client)
  }

  private static let contentEncoding = Array("content-encoding".utf8)

  /// The response ends with a frame of trailers, whatever its length was.
  private func beginFrames(_ client: GRPCClient) {
    call?.encoder = GRPCWebEncoder(isText: client.form == .webText)
    responseHead.remove(.contentLength)
    if responseHead.framing != .untilClose { responseHead.framing = .chunked }
  }

  /// Bytes of a call's response that may be given where there is room for so many.
  func answerRoom(_ room: Int) -> Int {
    guard call?.encoder?.isText == true else { return room }
    return max(0, room / 2 - GRPCWebEncoder.overheadBytes)
  }

  /// Takes the next bytes of a call's response.
  func appendResponse(_ bytes: Span<UInt8>) {
    if call?.failure != nil { call?.failure?.append(bytes); return }
    call?.count(response: bytes)
    guard call?.encoder?.isText == true else {
      call?.encoder?.follow(bytes)
      record.responseBodyBytes &+= UInt64(bytes.count)
      return response.append(bytes)
    }
    let text = worker.buffers.acquire()
    call?.encoder?.encode(bytes, into: text)
    send(text)
  }

  /// The call's response is whole.
  func endAnswer(trailers: Trailers?) {
    if let status = trailers?.grpcStatus { call?.status = status }
    guard call?.encoder != nil else { return endResponse(trailers: trailers) }
    if let failure = call?.failure {
      appendTrailerFrame(nil, failure.status, failure.message)
    } else if let status = call?.status {
      // The head may have told it, behind which nothing was to come.
      appendTrailerFrame(trailers, status, responseHead.grpcMessage)
    } else {
      appendTrailerFrame(trailers, .unknown, Self.statusMissing)
    }
    endResponse(trailers: nil)
  }

  private static let statusMissing = Array("grpc_status_missing".utf8)

  /// Ends the response's body.
  /// - Parameter status: told where the trailers tell none.
  func appendTrailerFrame(
    _ trailers: Trailers?, _ status: GRPCStatus, _ message: [UInt8]
  ) {
    if trailers?.grpcStatus == nil { call?.status = status }
    let frame = worker.buffers.acquire()
    let output = worker.buffers.acquire()
    call?.encoder?.encodeEnd(trailers, else: status, message.span, in: frame, into: output)
    worker.buffers.release(frame)
    send(output)
  }

  /// Gives a buffer of the pool's that holds more of the response.
  private func send(_ buffer: ByteBuffer) {
    record.responseBodyBytes &+= UInt64(buffer.count)
    response.append(buffer.readable)
    worker.buffers.release(buffer)
  }
}

extension Base64Fault {
  fileprivate var cause: StaticString {
    switch self {
    case .invalid: "grpc_web_base64_invalid"
    case .incomplete: "grpc_web_base64_incomplete"
    }
  }
}
