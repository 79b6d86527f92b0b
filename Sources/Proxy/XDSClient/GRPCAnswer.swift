import GRPC
import HTTP2
import HTTPModel

/// The head and the trailers of the stream's response, and what they say when it is over.
struct GRPCAnswer {
  private var status: GRPCStatus?
  private var message = ""

  /// Takes the head; gives what makes the response no gRPC.
  mutating func onHead(_ head: ResponseHead, isLast: Bool) -> String? {
    if head.isInterim { return nil }
    if let fault = Self.headFault(head) { return fault }
    if isLast { onTrailers(head) }
    return nil
  }

  /// Takes what stands behind the messages, or in the head when there are none.
  mutating func onTrailers(_ section: MessageHead) {
    status = section.text(of: "grpc-status").flatMap { GRPCStatus(trailer: $0) }
    message = GRPCMessageText.decode(section.text(of: "grpc-message") ?? "")
  }

  /// Why the stream is over.
  func reason(_ code: HTTP2ErrorCode, isMidMessage: Bool) -> String {
    if let status {
      let text = message.isEmpty ? "" : ": \(message)"
      return "the control plane ended the stream: \(status.name) (\(status.rawValue))\(text)"
    }
    let cut = isMidMessage ? ", in the middle of a message" : ""
    return code == .noError
      ? "the control plane ended the stream without a grpc-status\(cut)"
      : "the control plane reset the stream (HTTP/2 error code \(code.rawValue))\(cut)"
  }

  private static func headFault(_ head: ResponseHead) -> String? {
    guard head.status == 200 else {
      let name = GRPCStatus(httpStatus: head.status).name
      return "the control plane answered with HTTP status \(head.status) (\(name))"
    }
    let type = head.text(of: "content-type") ?? ""
    guard type.hasPrefix("application/grpc") else {
      return
        "the control plane answered with content-type \"\(type)\"; application/grpc is accepted"
    }
    return nil
  }
}

extension MessageHead {
  /// The first field of that name; nil when there is none.
  fileprivate func text(of name: String) -> String? {
    let bytes = Array(name.utf8)
    guard let index = nextIndex(of: .named(bytes.span), name: bytes.span, from: 0) else {
      return nil
    }
    let value = value(at: index)
    return String(decoding: value.indices.map { value[$0] }, as: UTF8.self)
  }
}
