import Config
import Platform
import Reactor
import Telemetry

/// Where the workers' spans and access log lines leave the process. Control loop only.
public final class TelemetryExport {
  private let loop: EventLoop
  private let stats: TelemetryStats
  private let writer: AccessLogWriter
  private let address: (String) -> SocketAddress?
  private let log: (LogLevel, String) -> Void
  private var exporters: [(collector: TracingConfig, exporter: SpanExporter)] = []
  /// Called whenever the last waiting batch has left, or was given up.
  public var onIdle: () -> Void = {}

  /// - Parameter address: where a cluster can be reached now, by its name.
  public init(
    loop: EventLoop, stats: TelemetryStats, address: @escaping (String) -> SocketAddress?,
    log: @escaping (LogLevel, String) -> Void
  ) {
    self.loop = loop
    self.stats = stats
    self.address = address
    self.log = log
    writer = AccessLogWriter(
      loop: loop, onLost: { stats.accessLogDropped.add(UInt64($0)) }, log: log)
  }

  /// Nothing waits to be delivered.
  public var isIdle: Bool { exporters.allSatisfy { $0.exporter.isIdle } }

  public func take(_ message: ControlMessage) {
    switch message {
    case .spans(let collector, let export):
      exporter(for: collector).enqueue(export.body, spanCount: export.spanCount)
    case .accessLog(let sink, let lines): writer.write(lines, to: sink)
    case .log, .drained: break
    }
  }

  /// Opens log files anew, after they were renamed.
  public func reopenLogs() { writer.reopen() }

  /// Writes the log lines that still wait, for at most a second each sink. Nothing is taken after.
  public func finish() { writer.finish() }

  private func exporter(for collector: TracingConfig) -> SpanExporter {
    if let known = exporters.first(where: { $0.collector == collector }) { return known.exporter }
    let made = SpanExporter(
      collector: collector, loop: loop, stats: stats,
      address: { [address] in address(collector.collectorCluster) }, log: log)
    made.onIdle = { [unowned self] in if isIdle { onIdle() } }
    exporters.append((collector, made))
    return made
  }
}
