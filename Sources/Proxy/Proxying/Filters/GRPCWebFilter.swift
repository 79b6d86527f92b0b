import GRPC
import HTTPModel
import Memory

/// Makes a call of gRPC-Web one of gRPC, and the answer to that an answer to it. Bodies are translated piece
/// by piece, so that nothing of them waits here. Source: gRPC Web; the filter `grpc_web`.
final class GRPCWebFilter {
  let client: GRPCClient
  /// What the request's text is decoded by; nil: it is none.
  private var decoder: Base64Decoder?
  private(set) var requestFault: StaticString?
  /// nil: the response passes as it is.
  private var encoder: GRPCWebEncoder?
  /// What is told of a response that is not one of gRPC; nil: it is.
  private var failure: GRPCFailure?

  // MARK: request

  /// Makes its head one of gRPC.
  init(_ client: GRPCClient, _ head: RequestHead) {
    self.client = client
    if client.sendsText { decoder = Base64Decoder() }
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

  var translatesRequest: Bool { decoder != nil }

  func onRequestBody(_ bytes: Span<UInt8>, into output: ByteBuffer) {
    guard requestFault == nil else { return }
    do throws(Base64Fault) { try decoder?.decode(bytes, into: output) } catch {
      requestFault = error.cause
    }
  }

  /// The body may not be cut off.
  func onRequestEnd() {
    guard requestFault == nil else { return }
    do throws(Base64Fault) { try decoder?.end() } catch { requestFault = error.cause }
  }

  // MARK: response

  /// Gives a response's head the form that the client understands. What is no response of gRPC becomes an
  /// error that is told behind it, in a trailer frame.
  func onResponseHead(_ head: ResponseHead, to request: RequestHead) {
    guard head.status == 200, let type = head.grpcMediaType else {
      return beginFailure(head, request)
    }
    guard type.form == .grpc else { return }
    let start = head.nextIndex(of: .contentType).map { Int(head.field(at: $0).valueOffset) } ?? 0
    let format = ByteRange(offset: start + type.format.lowerBound, count: type.format.count)
    head.remove(.contentType)
    head.addContentType(client.form, head.text(format))
    let isWhole = head.framing == .none || head.framing == .length(0)
    if !isWhole || head.grpcStatus == nil { beginFrames(head) }
  }

  private func beginFailure(_ head: ResponseHead, _ request: RequestHead) {
    let hidden = head.nextIndex(named: "content-encoding")
    failure = GRPCFailure(status: GRPCStatus(httpStatus: head.status), hidesBody: hidden != nil)
    if let hidden { head.mark(hidden, .removed) }
    head.status = 200
    head.remove(.contentType)
    head.addContentType(client.form, request.text(client.format))
    beginFrames(head)
  }

  /// The response ends with a frame of trailers, whatever its length was.
  private func beginFrames(_ head: ResponseHead) {
    encoder = GRPCWebEncoder(isText: client.form == .webText)
    head.remove(.contentLength)
    if head.framing != .untilClose { head.framing = .chunked }
  }

  func responseRoom(_ room: Int) -> Int {
    guard encoder?.isText == true else { return room }
    return max(0, room / 2 - GRPCWebEncoder.overheadBytes)
  }

  func onResponseBody(
    _ bytes: Span<UInt8>, _ buffers: BufferPool, pass: (Span<UInt8>) -> Void
  ) {
    if failure != nil { failure?.append(bytes); return }
    guard encoder?.isText == true else {
      encoder?.follow(bytes)
      return pass(bytes)
    }
    let text = buffers.acquire()
    encoder?.encode(bytes, into: text)
    pass(text.readable)
    buffers.release(text)
  }

  /// The proxy ends the response where it stands, and tells why in place of any failure that was to be told.
  /// - Returns: whether a frame may follow; nil: none would.
  func onResponseCut() -> Bool? {
    guard let encoder else { return nil }
    return failure.take() != nil || encoder.isBetweenMessages
  }

  /// - Returns: what the client is told in place of the trailers; nil: nothing.
  func onResponseEnd(
    _ trailers: Trailers?, of head: ResponseHead, _ buffers: BufferPool, pass: (Span<UInt8>) -> Void
  ) -> GRPCStatus? {
    guard encoder != nil else { return nil }
    let frame = buffers.acquire()
    let output = buffers.acquire()
    let trailers = failure == nil ? trailers : nil
    // The head may have told a status, behind which nothing was to come.
    let stated = head.grpcStatus
    let status = failure?.status ?? stated ?? .unknown
    let message = failure?.message ?? (stated == nil ? Self.statusMissing : head.grpcMessage)
    encoder?.encodeEnd(trailers, else: status, message.span, in: frame, into: output)
    pass(output.readable)
    buffers.release(frame)
    buffers.release(output)
    return trailers?.grpcStatus ?? status
  }

  private static let statusMissing = Array("grpc_status_missing".utf8)
}

/// The error that a client of gRPC-Web is told in place of a response that is not one of gRPC.
private struct GRPCFailure {
  let status: GRPCStatus
  private(set) var message: [UInt8] = []
  /// The body is no text that could be told.
  let hidesBody: Bool

  init(status: GRPCStatus, hidesBody: Bool) {
    self.status = status
    self.hidesBody = hidesBody
  }

  mutating func append(_ bytes: borrowing Span<UInt8>) {
    if hidesBody { return }
    let count = min(bytes.count, GRPCMessageText.maxBytes - message.count)
    for index in 0..<count { message.append(bytes[index]) }
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
