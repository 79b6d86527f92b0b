import Config
import HTTPModel
import Memory
import Platform

@testable import Telemetry

/// An exchange that took 12 ms, its request 5 ms in; the clock is made up.
func exchangeRecord(_ request: RequestHead, kind: ExchangeRecord.Kind = .http) -> ExchangeRecord {
  var record = ExchangeRecord(
    kind, startWall: .init(nanoseconds: 1_700_000_000_123_456_789),
    start: .init(nanoseconds: 5_000_000_000), downstreamRemote: .loopback(port: 40_000),
    downstreamLocal: .loopback(port: 15_001))
  if kind == .http { record.requestLine = RequestLine(request) }
  record.requestEnd = .init(nanoseconds: 5_005_000_000)
  record.end = .init(nanoseconds: 5_012_000_000)
  record.status = 200
  record.cause = "via_upstream"
  record.requestBodyBytes = 3
  record.responseBodyBytes = 1234
  record.trace.traceHigh = 0x0102_0304_0506_0708
  record.trace.traceLow = 0x090A_0B0C_0D0E_0F10
  record.trace.spanID = 0x1112_1314_1516_1718
  record.trace.flags = [.sampled, .randomTraceID]
  record.beginAttempt(at: .init(nanoseconds: 5_001_000_000))
  record.attempt.endpoint = SocketAddress("2001:db8::1", port: 8080)
  record.attempt.firstByteReceived = .init(nanoseconds: 5_010_000_000)
  record.attempt.end = .init(nanoseconds: 5_011_000_000)
  record.attempt.status = 200
  record.attempt.spanID = 0x2122_2324_2526_2728
  return record
}

/// A reporter with everything on, and what it writes to.
struct Reporting {
  let registry = StatsRegistry(workerCount: 1)
  let batch: SpanBatch
  let log: AccessLogBuffer
  let reporter: ExchangeReporter
  let cluster: ClusterStats

  init(
    fields: [AccessLogConfig.JSONField] = [], maxSpans: Int = 512, maxBytes: Int = 256 * 1024,
    tags: [LiteralTag] = []
  ) {
    let tracing = TracingConfig(
      collectorCluster: "otel", serviceName: "shop", literalTags: tags)
    let node = NodeConfig(
      id: "sidecar~7", cluster: "shop", locality: .init(region: "eu", zone: "eu-1"))
    batch = SpanBatch(
      resource: .init(tracing: tracing, node: node, version: "0.1"), stats: registry.telemetry[0],
      maxSpans: maxSpans, maxBytes: maxBytes)
    log = AccessLogBuffer(stats: registry.telemetry[0], maxBytes: maxBytes)
    let format = AccessLogFormat(fields, hostName: "node-1")
    reporter = ExchangeReporter(
      stats: registry.http.blocks(named: "ingress")[0], spans: batch,
      accessLogs: [.init(format: format, buffer: log)])
    cluster = registry.clusters.blocks(named: "api")[0]
  }

  /// Reports a whole exchange of one attempt, as the proxy does.
  func report(_ record: ExchangeRecord, _ request: RequestHead, response: ResponseHead? = nil) {
    reporter.stats.requestBegan()
    cluster.attemptBegan()
    reporter.attemptEnded(record, request: request, cluster: cluster)
    reporter.exchangeEnded(
      record, request: request, response: response, cluster: cluster,
      routeName: Array("to-api".utf8))
  }

  /// Lines written since the last call.
  func lines() -> [String] {
    String(decoding: log.take() ?? [], as: UTF8.self).split(separator: "\n").map(String.init)
  }
}

extension FormatString {
  /// A literal format of a log, which must be well-formed.
  static func parsed(_ text: String) -> FormatString {
    do throws(FormatFault) { return try FormatString(parsing: text, in: .accessLog) } catch {
      preconditionFailure(error.text)
    }
  }
}
