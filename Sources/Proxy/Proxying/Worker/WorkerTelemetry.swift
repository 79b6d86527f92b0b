import Config
import Platform
import Reactor
import Telemetry

/// One worker's spans and access log lines on their way to the control loop. Listeners whose spans go to
/// the same collector with the same resource share a batch, those with the same sink a buffer; what no
/// listener needs any more goes once it is empty. While the control loop has too much to take, all stays
/// here; what is lost for want of room is counted, and told afterwards. Owning worker only.
final class WorkerTelemetry {
  private let control: Mailbox<ControlMessage>
  private let stats: TelemetryStats
  private let node: NodeConfig
  private let version: String
  private let hostName = systemHostName()
  private var batches: [(tracing: TracingConfig, batch: SpanBatch)] = []
  private var buffers: [(sink: AccessLogConfig.Sink, buffer: AccessLogBuffer)] = []
  /// Spans and lines lost here, as far as it was told.
  private var toldLost: (spans: UInt64, lines: UInt64) = (0, 0)

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
    guard control.hasRoom else { return }
    post(onlyDue: false)
    dropUnused()
    tellLost()
  }

  /// Gives the control loop what has become much; cheap while nothing has.
  func handOverDue() {
    let isDue =
      batches.contains { $0.batch.isDue } || buffers.contains { $0.buffer.isDue }
    if isDue, control.hasRoom { post(onlyDue: true) }
  }

  /// Gives the control loop everything, whatever else it has to take: nothing follows.
  func handOverLast() { post(onlyDue: false) }

  private func post(onlyDue: Bool) {
    for (tracing, batch) in batches where batch.isDue || !onlyDue {
      if let export = batch.take() { control.post(.spans(tracing, export)) }
    }
    for (sink, buffer) in buffers where buffer.isDue || !onlyDue {
      if let lines = buffer.take() { control.post(.accessLog(sink, lines)) }
    }
  }

  private func tellLost() {
    let lost = (spans: stats.spansDropped.value, lines: stats.accessLogDropped.value)
    guard lost != toldLost else { return }
    control.post(
      .log(
        .warning,
        "\(lost.spans - toldLost.spans) spans and \(lost.lines - toldLost.lines) access log lines lost: "
          + "the control loop was busy for too long"))
    toldLost = lost
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
}
