import Config
import Platform
import Reactor
import Telemetry

/// One worker's spans and access log lines on their way to the control loop. Listeners whose spans go to
/// the same collector with the same resource share a batch, those with the same sink a buffer; what no
/// listener needs any more goes once it is empty. Owning worker only.
final class WorkerTelemetry {
  private let control: Mailbox<ControlMessage>
  private let stats: TelemetryStats
  private let node: NodeConfig
  private let version: String
  private let hostName = systemHostName()
  private var batches: [(tracing: TracingConfig, batch: SpanBatch)] = []
  private var buffers: [(sink: AccessLogConfig.Sink, buffer: AccessLogBuffer)] = []

  init(_ start: WorkerStart) {
    control = start.control
    stats = start.stats
    node = start.node
    version = start.version
  }

  // MARK: reporters

  func reporter(for config: HTTPConnectionManagerConfig, _ stats: HTTPStats) -> ExchangeReporter {
    ExchangeReporter(
      stats: stats, spans: config.tracing.map { batch(for: $0) },
      spawnsUpstreamSpan: config.tracing?.spawnsUpstreamSpan ?? false,
      accessLogs: config.accessLogs.map { accessLog($0) })
  }

  func reporter(for config: TCPProxyConfig, _ stats: TCPStats) -> ConnectionReporter {
    ConnectionReporter(
      stats: stats, spans: config.tracing.map { batch(for: $0) },
      accessLogs: config.accessLogs.map { accessLog($0) })
  }

  private func batch(for config: TracingConfig) -> SpanBatch {
    let tracing = config.withoutSampling
    if let known = batches.first(where: { $0.tracing == tracing }) { return known.batch }
    let made = SpanBatch(
      resource: SpanResource(tracing: tracing, node: node, version: version), stats: stats)
    batches.append((tracing, made))
    return made
  }

  private func accessLog(_ config: AccessLogConfig) -> AccessLog {
    let format = AccessLogFormat(config.jsonFields, hostName: hostName)
    if let known = buffers.first(where: { $0.sink == config.sink }) {
      return AccessLog(format: format, buffer: known.buffer)
    }
    let made = AccessLogBuffer(stats: stats)
    buffers.append((config.sink, made))
    return AccessLog(format: format, buffer: made)
  }

  // MARK: handing over

  /// Some listener writes an access log, so that every exchange may make something due.
  var writesLogs: Bool { !buffers.isEmpty }

  /// Gives the control loop everything gathered so far, and lets go of what is not used any more.
  func handOver() {
    handOver(onlyDue: false)
    dropUnused()
  }

  /// What no reporter refers to; everything is empty now.
  private func dropUnused() {
    for index in batches.indices.reversed() {
      if isKnownUniquelyReferenced(&batches[index].batch) { batches.remove(at: index) }
    }
    for index in buffers.indices.reversed() {
      if isKnownUniquelyReferenced(&buffers[index].buffer) { buffers.remove(at: index) }
    }
  }

  /// Gives the control loop what has become much; cheap while nothing has.
  func handOverDue() { handOver(onlyDue: true) }

  private func handOver(onlyDue: Bool) {
    for (tracing, batch) in batches where batch.isDue || !onlyDue {
      if let export = batch.take() { control.post(.spans(tracing, export)) }
    }
    for (sink, buffer) in buffers where buffer.isDue || !onlyDue {
      if let lines = buffer.take() { control.post(.accessLog(sink, lines)) }
    }
  }
}
