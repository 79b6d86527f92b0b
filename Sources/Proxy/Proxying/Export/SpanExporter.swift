import Config
import Platform
import Reactor
import Sockets
import Telemetry

/// Delivers span batches to one collector over OTLP/HTTP: in order, one at a time, again after a
/// failure that may pass, and never more than a bounded backlog. Control loop only.
/// Source: OTLP specification, "OTLP/HTTP Response" and "Retryable Response Codes".
final class SpanExporter: EventHandler {
  /// Batches waiting, beyond which the oldest is dropped.
  private static let maxBacklogBytes = 4 << 20
  private static let maxAttempts = 6
  private static let firstBackoffMilliseconds: UInt64 = 250
  private static let maxBackoffMilliseconds: UInt64 = 8_000

  private struct Batch {
    var payload: [UInt8]
    var spanCount: Int
    var attempts = 0
  }

  private let loop: EventLoop
  private let collector: TracingConfig
  private let address: () -> SocketAddress?
  private let stats: TelemetryStats
  private let log: (LogLevel, String) -> Void
  private var backlog: [Batch] = []
  private var backlogBytes = 0
  private var connection: CollectorConnection?
  private var isSending = false
  private var random = FastRandom()
  /// The last outcome was a failure; said once, and once when it is over.
  private var isFailing = false
  /// Called when nothing is left to deliver.
  var onIdle: () -> Void = {}

  init(
    collector: TracingConfig, loop: EventLoop, stats: TelemetryStats,
    address: @escaping () -> SocketAddress?, log: @escaping (LogLevel, String) -> Void
  ) {
    self.collector = collector
    self.loop = loop
    self.stats = stats
    self.address = address
    self.log = log
  }

  var isIdle: Bool { backlog.isEmpty }

  /// Takes a batch; the oldest go when the backlog is full.
  func enqueue(_ payload: [UInt8], spanCount: Int) {
    backlog.append(Batch(payload: payload, spanCount: spanCount))
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
    backlog[0].attempts += 1
    guard let connection = openConnection() else { return onOutcome(.failed("no_endpoint")) }
    connection.post(
      batch.payload, path: collector.collectorPath, authority: collector.collectorAuthority,
      timeout: collector.collectorTimeout)
  }

  private func openConnection() -> CollectorConnection? {
    if let connection, connection.isOpen { return connection }
    guard let address = address() else { return nil }
    do throws(SystemFault) {
      let fresh = CollectorConnection(taking: try startConnecting(to: address), on: loop) {
        [unowned self] in onOutcome($0)
      }
      try fresh.open()
      connection = fresh
      return fresh
    } catch { return nil }
  }

  private func onOutcome(_ outcome: DeliveryOutcome) {
    guard isSending, let batch = backlog.first else { return }
    switch outcome {
    case .answered(200..<300):
      stats.exportSuccess.add()
      stats.spansExported.add(UInt64(batch.spanCount))
      backlogBytes -= batch.payload.count
      backlog.removeFirst()
      if isFailing { log(.info, "collector \(collector.collectorCluster) takes spans again") }
      isFailing = false
      proceed()
    case .answered(let status) where ![429, 502, 503, 504].contains(status):
      giveUp("status \(status)")
    case .answered, .failed:
      if batch.attempts >= Self.maxAttempts { return giveUp("\(outcome)") }
      retryLater(after: batch.attempts, outcome)
    }
  }

  private func giveUp(_ why: String) {
    stats.exportFailure.add()
    log(.warning, "spans dropped: collector \(collector.collectorCluster): \(why)")
    drop(at: 0)
    proceed()
  }

  private func retryLater(after attempts: Int, _ outcome: DeliveryOutcome) {
    stats.exportRetry.add()
    if !isFailing {
      log(.warning, "collector \(collector.collectorCluster) does not take spans: \(outcome)")
    }
    isFailing = true
    let ceiling = min(
      Self.maxBackoffMilliseconds, Self.firstBackoffMilliseconds << UInt64(attempts - 1))
    let wait = ceiling / 2 + random.next() % (ceiling / 2 + 1)
    _ = loop.arm(self, TimerKind(0), at: loop.now.advanced(byMilliseconds: wait))
  }

  override func onTimer(_ kind: TimerKind) { proceed() }

  private func proceed() {
    isSending = false
    if backlog.isEmpty { onIdle() } else { sendNext() }
  }
}
