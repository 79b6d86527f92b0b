import HTTPTypes
import HummingbirdCore
import NIOCore
import NIOHTTP1

/// Gives the answer to what is no HTTP request a body that says so, as every other refusal has.
///
/// The server answers those by itself, before any middleware: a bare 400, and closes.
final class ParserFaultReplies: ChannelDuplexHandler, RemovableChannelHandler {
  typealias InboundIn = HTTPConnectionStateHandler.InboundIn
  typealias OutboundIn = HTTPConnectionStateHandler.OutboundIn
  typealias OutboundOut = HTTPConnectionStateHandler.OutboundOut

  private let limits: HTTP1Channel.Configuration.DecoderConfiguration
  private var fault: HTTPParserError?

  init(_ limits: HTTP1Channel.Configuration.DecoderConfiguration) {
    self.limits = limits
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    fault = error as? HTTPParserError
    context.fireErrorCaught(error)
  }

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    guard let fault, case .head(var head) = unwrapOutboundIn(data),
      head.headerFields[.contentLength] == "0", let body = try? Payload.text(problem(fault))
    else { return context.write(data, promise: promise) }
    head.status = problem(fault).status
    head.headerFields[.contentType] = Problem.mediaType
    head.headerFields[.contentLength] = "\(body.utf8.count)"
    context.write(wrapOutboundOut(.head(head)), promise: nil)
    context.write(wrapOutboundOut(.body(ByteBuffer(string: body))), promise: promise)
  }

  private func problem(_ fault: HTTPParserError) -> Problem {
    guard case .headerOverflow = fault else {
      return Problem(.badRequest, "malformed", "no HTTP/1.1 request: \(fault)")
    }
    return Problem(
      .requestHeaderFieldsTooLarge, "head-size", "the head of the request is too large",
      accepted: [
        "a request line and fields of at most \(limits.maxHeaderFieldSize) bytes each",
        "\(limits.maxHeaderListSize) bytes of them in all", "\(limits.maxHeaderFieldCount) fields",
      ])
  }
}
