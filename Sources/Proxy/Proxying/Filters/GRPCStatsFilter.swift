import GRPC
import HTTPModel
import Telemetry

/// Counts one call of gRPC, and its messages as the endpoint has them. Source: the filter `grpc_stats`.
struct GRPCStatsFilter {
  /// nil: the request is not counted.
  private let stats: GRPCCallStats?
  /// How long the endpoint takes is counted, too.
  private let measuresTime: Bool
  private var requestFrames = GRPCFrameScanner()
  private var responseFrames = GRPCFrameScanner()
  /// What answers the call is gRPC as well.
  private var isAnswered = false
  /// How it ended, as far as anybody said.
  var status: GRPCStatus?

  init(_ stats: GRPCCallStats? = nil, measuresTime: Bool = false) {
    self.stats = stats
    self.measuresTime = measuresTime
  }

  var isEmpty: Bool { stats == nil }

  mutating func onRequestBody(_ bytes: borrowing Span<UInt8>) {
    if let stats { requestFrames.count(bytes, as: stats.requestMessages) }
  }

  mutating func onResponseHead(_ head: ResponseHead) {
    if isEmpty { return }
    status = head.grpcStatus
    isAnswered = head.status == 200 && head.grpcMediaType?.form == .grpc
  }

  mutating func onResponseBody(_ bytes: borrowing Span<UInt8>) {
    if let stats, isAnswered { responseFrames.count(bytes, as: stats.responseMessages) }
  }

  mutating func onResponseEnd(_ trailers: Trailers?) {
    if let told = trailers?.grpcStatus { status = told }
  }

  func onEnd(_ attempt: borrowing AttemptRecord) {
    guard let stats else { return }
    stats.ended(status: status?.rawValue)
    guard measuresTime, attempt.status > 0, let end = attempt.end else { return }
    stats.answered(afterNanoseconds: end.nanoseconds(since: attempt.start))
  }
}

extension GRPCFrameScanner {
  fileprivate mutating func count(_ bytes: borrowing Span<UInt8>, as counter: borrowing Counter) {
    let before = messageCount
    skip(bytes)
    counter.add(messageCount &- before)
  }
}
