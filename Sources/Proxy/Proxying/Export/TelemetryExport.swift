import Config
import Platform
import Reactor
import Telemetry

/// Where the workers' spans and access log lines leave the process. Control loop only.
public final class TelemetryExport {
  private let loop: EventLoop
  private let stats: TelemetryStats
  private let writer: AccessLogWriter
  private let address: (String, Int) -> SocketAddress?
  private let log: (LogLevel, String) -> Void
  private var exporters: [(collector: CollectorConfig, exporter: SpanExporter)] = []
  /// Called whenever the last waiting batch has left, or was given up.
  public var onIdle: () -> Void = {}

  /// - Parameter address: where a cluster can be reached now, by its name and the number of tries that
  ///   failed so far.
  public init(
    loop: EventLoop, stats: TelemetryStats, address: @escaping (String, Int) -> SocketAddress?,
    log: @escaping (LogLevel, String) -> Void
  ) {
    self.loop = loop
    self.stats = stats
    self.address = address
    self.log = log
    writer = AccessLogWriter(loop: loop, stats: stats, log: log)
    writer.onIdle = { [unowned self] in if isIdle { onIdle() } }
  }

  /// Nothing waits to be delivered.
  public var isIdle: Bool { writer.isIdle && exporters.allSatisfy { $0.exporter.isIdle } }

  /// The process ends: what waits is lost, and that is said.
  public func giveUp() {
    writer.giveUp()
    for (_, exporter) in exporters { exporter.giveUp() }
  }

  public func take(_ message: ControlMessage) {
    switch message {
    case .spans(let tracing, let export):
      exporter(for: tracing.collector).enqueue(
        export.body, spanCount: export.spanCount, timeout: tracing.collectorTimeout)
    case .accessLog(let sink, let lines): writer.write(lines, to: sink)
    case .log, .drained, .endpointReports: break
    }
  }

  /// Opens the access logs of listeners that are about to be used.
  /// - Returns: the listeners whose logs are open, and what is wrong with the others.
  public func openLogs(
    of listeners: [ListenerConfig]
  ) -> (usable: [ListenerConfig], findings: [ConfigFinding]) {
    var findings: [ConfigFinding] = []
    let usable = listeners.filter { listener in
      let faults = logFaults(of: listener)
      findings += faults
      return faults.isEmpty
    }
    return (usable, findings)
  }

  private func logFaults(of listener: ListenerConfig) -> [ConfigFinding] {
    listener.allFilterChains.flatMap(\.filter.accessLogs).enumerated().compactMap { index, config in
      do throws(SystemFault) {
        try writer.open(config.sink)
        return nil
      } catch {
        return ConfigFinding(
          .rejected, path: "listeners[\(listener.name)].access_log[\(index)]",
          text: "cannot write to \(config.sink): \(error)")
      }
    }
  }

  /// Opens log files anew, after they were renamed.
  public func reopenLogs() { writer.reopen() }

  private func exporter(for collector: CollectorConfig) -> SpanExporter {
    if let known = exporters.first(where: { $0.collector == collector }) { return known.exporter }
    let made = SpanExporter(
      collector: collector, loop: loop, stats: stats,
      address: { [address] in address(collector.cluster, $0) }, log: log)
    made.onIdle = { [unowned self] in if isIdle { onIdle() } }
    made.onUnused = { [unowned self] in exporters.removeAll { $0.collector == collector } }
    exporters.append((collector, made))
    return made
  }
}

extension NetworkFilterConfig {
  fileprivate var accessLogs: [AccessLogConfig] {
    switch self {
    case .http(let manager): manager.accessLogs
    case .tcp(let proxy): proxy.accessLogs
    }
  }
}
