import Config
import Platform
import Reactor
import Sockets
import Telemetry

/// Delivers span batches to one collector over OTLP/HTTP: in order, one at a time, again after a
/// failure that may pass, and never more than a bounded backlog. Control loop only.
/// Source: OTLP specification, "OTLP/HTTP Response" and "OTLP/HTTP Throttling".
final class SpanExporter: EventHandler {
  /// Batches waiting, beyond which the oldest is dropped.
  private static let maxBacklogBytes = 4 << 20
  /// A batch that no endpoint took for so long is given up, so that it cannot hold up the others for ever.
  private static let maxAge = Duration.seconds(300)
  private static let maxRetryAfter = Duration.seconds(60)
  /// Without a batch for this long it is used no more.
  private static let unusedAfter = Duration.seconds(60)
  private static let retryTimer = TimerKind(0)
  private static let unusedTimer = TimerKind(1)

  private struct Batch {
    var payload: [UInt8]
    var spanCount: Int
    var timeout: Duration
    let taken: MonotonicInstant
  }

  private let loop: EventLoop
  private let collector: CollectorConfig
  private let address: (Int) -> SocketAddress?
  private let stats: TelemetryStats
  private let log: (LogLevel, String) -> Void
  private var backlog: [Batch] = []
  private var backlogBytes = 0
  private var connection: CollectorConnection?
  /// Failed deliveries: each makes the next one try the next endpoint.
  private var failures = 0
  private var isSending = false
  private var backoff = Backoff(
    base: .milliseconds(500), ceiling: .seconds(8), first: .milliseconds(250))
  /// The last outcome was a failure; said once, and once when it is over.
  private var isFailing = false
  /// The collector has rejected spans of the last batch; said once.
  private var isRejecting = false
  private var idleTimer: TimerHandle?
  /// Called when nothing is left to deliver.
  var onIdle: () -> Void = {}
  /// Called when nothing was to be delivered for long: the exporter may go.
  var onUnused: () -> Void = {}

  /// - Parameter address: where the collector is, given the number of deliveries that failed so far.
  init(
    collector: CollectorConfig, loop: EventLoop, stats: TelemetryStats,
    address: @escaping (Int) -> SocketAddress?, log: @escaping (LogLevel, String) -> Void
  ) {
    self.collector = collector
    self.loop = loop
    self.stats = stats
    self.address = address
    self.log = log
  }

  var isIdle: Bool { backlog.isEmpty }

  /// Takes a batch; the oldest go when the backlog is full.
  func enqueue(_ payload: [UInt8], spanCount: Int, timeout: Duration) {
    loop.disarm(&idleTimer)
    backlog.append(
      Batch(payload: payload, spanCount: spanCount, timeout: timeout, taken: loop.now))
    backlogBytes += payload.count
    while backlogBytes > Self.maxBacklogBytes, backlog.count > (isSending ? 2 : 1) {
      drop(at: isSending ? 1 : 0)
    }
    sendNext()
  }

  private func drop(at index: Int) {
    let lost = backlog.remove(at: index)
    backlogBytes -= lost.payload.count
    stats.spansDropped.add(UInt64(lost.spanCount))
  }

  private func sendNext() {
    guard !isSending, let batch = backlog.first else { return }
    isSending = true
    guard let connection = openConnection() else { return onOutcome(.failed("no_endpoint")) }
    connection.post(
      batch.payload, path: collector.path, authority: collector.authority, timeout: batch.timeout)
  }

  private func openConnection() -> CollectorConnection? {
    if let connection, connection.isOpen { return connection }
    guard let address = address(failures) else { return nil }
    do throws(SystemFault) {
      let fresh = CollectorConnection(taking: try startConnecting(to: address), on: loop) {
        [unowned self] in onOutcome($0)
      }
      try fresh.open()
      connection = fresh
      return fresh
    } catch { return nil }
  }

  // MARK: outcomes

  private func onOutcome(_ outcome: DeliveryOutcome) {
    guard isSending, let batch = backlog.first else { return }
    switch outcome {
    case .answered(let answer) where 200..<300 ~= answer.status: onSuccess(answer, batch)
    case .answered(let answer) where ![429, 502, 503, 504].contains(answer.status):
      giveUp(outcome)
      proceed()
    case .answered, .failed:
      failures += 1
      connection?.shut()
      if loop.now >= batch.taken.advanced(by: Self.maxAge) { giveUp(outcome) }
      retryLater(outcome)
    }
  }

  private func onSuccess(_ answer: CollectorAnswer, _ batch: Batch) {
    stats.exportSuccess.add()
    let partial = PartialSuccess(decoding: answer.body)
    let rejected = min(partial?.rejectedSpans ?? 0, UInt64(batch.spanCount))
    stats.spansExported.add(UInt64(batch.spanCount) - rejected)
    stats.spansDropped.add(rejected)
    if rejected > 0, !isRejecting {
      log(.warning, "\(name) rejects spans: \(partial?.message ?? "")")
    }
    isRejecting = rejected > 0
    backlogBytes -= batch.payload.count
    backlog.removeFirst()
    if isFailing { log(.info, "\(name) takes spans again") }
    isFailing = false
    backoff.reset()
    proceed()
  }

  private func giveUp(_ outcome: DeliveryOutcome) {
    stats.exportFailure.add()
    log(.warning, "spans dropped: \(name): \(outcome)")
    drop(at: 0)
  }

  /// Drops what waits: the process ends.
  func giveUp() {
    let lost = backlog.reduce(0) { $0 + $1.spanCount }
    guard lost > 0 else { return }
    log(.warning, "spans dropped: \(name): \(lost) were not taken in time")
    while !backlog.isEmpty { drop(at: 0) }
  }

  private func retryLater(_ outcome: DeliveryOutcome) {
    stats.exportRetry.add()
    if !isFailing { log(.warning, "\(name) does not take spans: \(outcome)") }
    isFailing = true
    var delay = backoff.nextDelay()
    if case .answered(let answer) = outcome, let asked = answer.retryAfter {
      delay = min(asked, Self.maxRetryAfter)
    }
    _ = loop.arm(self, Self.retryTimer, at: loop.now.advanced(by: delay))
  }

  private var name: String { "collector \(collector.cluster)" }

  // MARK: time

  override func onTimer(_ kind: TimerKind) {
    guard kind == Self.unusedTimer else { return proceed() }
    idleTimer = nil
    connection?.shut()
    onUnused()
  }

  private func proceed() {
    isSending = false
    guard backlog.isEmpty else { return sendNext() }
    idleTimer = loop.arm(self, Self.unusedTimer, at: loop.now.advanced(by: Self.unusedAfter))
    onIdle()
  }
}
