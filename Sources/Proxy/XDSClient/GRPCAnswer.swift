import GRPC

/// The head and the trailers of the stream's response, and what they say when it is over.
struct GRPCAnswer {
  private var hasHead = false
  private var status: GRPCStatus?
  private var message = ""

  /// Takes a field section; gives what makes the response no gRPC.
  mutating func onFields(_ fields: [HTTP2Event.Field], isLast: Bool) -> String? {
    let httpStatus = Self.value(":status", in: fields).flatMap { Int($0) }
    if let httpStatus, (100..<200).contains(httpStatus) { return nil }
    if !hasHead {
      hasHead = true
      if let fault = Self.headFault(fields, httpStatus: httpStatus ?? 0) { return fault }
    }
    if isLast {
      status = Self.value("grpc-status", in: fields).flatMap { GRPCStatus(trailer: $0) }
      message = GRPCMessageText.decode(Self.value("grpc-message", in: fields) ?? "")
    }
    return nil
  }

  /// Why the stream is over.
  func reason(errorCode: UInt32, isMidMessage: Bool) -> String {
    if let status {
      let text = message.isEmpty ? "" : ": \(message)"
      return "the control plane ended the stream: \(status.name) (\(status.rawValue))\(text)"
    }
    let cut = isMidMessage ? ", in the middle of a message" : ""
    return errorCode == 0
      ? "the control plane ended the stream without a grpc-status\(cut)"
      : "the control plane reset the stream (HTTP/2 error code \(errorCode))\(cut)"
  }

  private static func headFault(_ fields: [HTTP2Event.Field], httpStatus: Int) -> String? {
    guard httpStatus == 200 else {
      let name = GRPCStatus(httpStatus: httpStatus).name
      return "the control plane answered with HTTP status \(httpStatus) (\(name))"
    }
    let type = value("content-type", in: fields) ?? ""
    guard type.hasPrefix("application/grpc") else {
      return
        "the control plane answered with content-type \"\(type)\"; application/grpc is accepted"
    }
    return nil
  }

  private static func value(_ name: String, in fields: [HTTP2Event.Field]) -> String? {
    fields.first { $0.name == name }?.value
  }
}
