import GRPC
import HTTPModel
import Telemetry

/// Who made a call, and how it is answered.
struct GRPCClient {
  /// What it sends is base64.
  let sendsText: Bool
  /// How it is to be answered.
  let form: GRPCMediaType.Form
  /// How its messages are encoded, such as `json`; among the request's bytes.
  let format: ByteRange

  var isWeb: Bool { form != .grpc }
}

/// What filters keep of one call of gRPC while it runs: beside its exchange, so that other requests carry
/// nothing of it. Owning worker only.
final class GRPCCall {
  enum RequestFault {
    case none
    case found(StaticString)
    /// The client was told.
    case told
  }

  let client: GRPCClient
  /// What the request's text is decoded by; nil: it is none.
  var decoder: Base64Decoder?
  var requestFault = RequestFault.none
  /// nil: the response passes as it is.
  var encoder: GRPCWebEncoder?
  /// What is told of a response that is not one of gRPC; nil: it is.
  var failure: GRPCFailure?
  /// How it ended, as far as anybody said.
  var status: GRPCStatus?
  /// What answers it is gRPC as well.
  var isAnswered = false

  // MARK: counting

  /// nil: it is not counted.
  let stats: GRPCCallStats?
  /// How long the endpoint takes is counted, too.
  let measuresTime: Bool
  private var requestFrames = GRPCFrameScanner()
  private var responseFrames = GRPCFrameScanner()

  init(_ client: GRPCClient, stats: GRPCCallStats?, measuresTime: Bool) {
    self.client = client
    self.stats = stats
    self.measuresTime = measuresTime
    if client.sendsText { decoder = Base64Decoder() }
  }

  func count(request bytes: borrowing Span<UInt8>) {
    if let stats { requestFrames.count(bytes, as: stats.requestMessages) }
  }

  func count(response bytes: borrowing Span<UInt8>) {
    if let stats, isAnswered { responseFrames.count(bytes, as: stats.responseMessages) }
  }
}

/// The error that a client of gRPC-Web is told in place of a response that is not one of gRPC.
struct GRPCFailure {
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

extension GRPCFrameScanner {
  fileprivate mutating func count(_ bytes: borrowing Span<UInt8>, as counter: borrowing Counter) {
    let before = messageCount
    skip(bytes)
    counter.add(messageCount &- before)
  }
}
