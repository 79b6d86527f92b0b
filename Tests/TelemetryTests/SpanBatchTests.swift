import HTTPModel
import Memory
import Platform
import Testing

@testable import Telemetry

@Suite("spans over OTLP")
struct SpanBatchTests {
  private func export(_ reporting: Reporting) throws -> DecodedExport {
    let export = try #require(reporting.batch.take())
    let decoded = try #require(DecodedExport(export.body), "a collector can decode it")
    #expect(decoded.spans.count == export.spanCount)
    return decoded
  }

  @Test func anExchangeIsAServerSpanWithAClientSpanInIt() throws {
    let reporting = Reporting(tags: [.init(key: "team", value: "payments")])
    let request = requestHead(
      [
        ("user-agent", "curl/8"), ("x-request-id", "r-1"),
        ("traceparent", "00-0102030405060708090a0b0c0d0e0f10-3132333435363738-03"),
        ("tracestate", "a=1"), ("tracestate", "b=2"),
      ], target: "/cart?id=7", authority: "shop.test:8443")
    var record = exchangeRecord(request)
    let ids = TraceIdentifiers(traceHigh: 1, traceLow: 2, spanID: record.trace.spanID)
    record.trace = .begin(for: request, identifiers: ids, sampler: .init(percent: 0))
    reporting.report(record, request)

    let decoded = try export(reporting)
    #expect(
      decoded.resource == [
        "service.name": "shop", "service.instance.id": "sidecar~7", "cloud.region": "eu",
        "cloud.availability_zone": "eu-1", "telemetry.sdk.name": "martlet",
        "telemetry.sdk.language": "swift", "telemetry.sdk.version": "0.1",
      ])
    #expect(decoded.scopeName == "martlet")
    try #require(decoded.spans.count == 2)
    expectServerSpan(decoded.spans[1])
    expectClientSpan(decoded.spans[0], under: decoded.spans[1])
  }

  private func expectServerSpan(_ server: DecodedSpan) {
    #expect(server.name == "GET")
    #expect(server.kind == 2)
    #expect(server.traceID == "0102030405060708090a0b0c0d0e0f10")
    #expect(server.spanID == "1112131415161718")
    #expect(server.parentSpanID == "3132333435363738")
    #expect(server.traceState == "a=1,b=2")
    #expect(server.flags == 0x303, "sampled, random, and the parent is remote")
    #expect(server.start == 1_700_000_000_123_456_789)
    #expect(server.end - server.start == 12_000_000)
    #expect(server.statusCode == 0)
    #expect(
      server.attributes == [
        "http.request.method": "GET", "server.address": "shop.test", "server.port": "8443",
        "url.scheme": "http", "url.path": "/cart", "url.query": "id=7",
        "client.address": "127.0.0.1", "network.peer.address": "127.0.0.1",
        "network.peer.port": "40000", "network.protocol.version": "1.1",
        "user_agent.original": "curl/8", "http.request.header.x-request-id": "[r-1]",
        "http.request.body.size": "3", "http.response.body.size": "1234",
        "http.response.status_code": "200", "upstream_cluster": "api", "route_name": "to-api",
        "response_flags": "-", "team": "payments",
      ])
  }

  private func expectClientSpan(_ client: DecodedSpan, under server: DecodedSpan) {
    #expect(client.kind == 3)
    #expect(client.spanID == "2122232425262728")
    #expect(client.parentSpanID == server.spanID)
    #expect(client.flags == 0x103)
    #expect(client.start == server.start + 1_000_000)
    #expect(client.end - client.start == 10_000_000)
    #expect(
      client.attributes == [
        "http.request.method": "GET", "server.address": "shop.test", "server.port": "8443",
        "url.full": "http://shop.test:8443/cart?id=7", "network.peer.address": "2001:db8::1",
        "network.peer.port": "8080", "network.protocol.version": "1.1",
        "http.response.status_code": "200", "upstream_cluster": "api", "response_flags": "-",
      ])
  }

  @Test func anUnsampledExchangeLeavesNoSpan() {
    let reporting = Reporting()
    let request = requestHead()
    var record = exchangeRecord(request)
    record.trace.flags = .randomTraceID
    reporting.report(record, request)
    #expect(reporting.batch.take() == nil)
  }

  @Test(arguments: [(200, 0, 0), (404, 0, 2), (500, 2, 2), (503, 2, 2)])
  func failsAServerFromFiveHundredAndAClientFromFour(
    status: Int, server: UInt32, client: UInt32
  ) throws {
    let reporting = Reporting()
    let request = requestHead()
    var record = exchangeRecord(request)
    record.status = status
    record.attempt.status = status
    reporting.report(record, request)
    let spans = try export(reporting).spans
    #expect(spans.map(\.statusCode) == [client, server])
    #expect(spans.map { $0.attributes["error.type"] != nil } == [client == 2, server == 2])
    if client == 2 { #expect(spans[0].attributes["error.type"] == "\(status)") }
  }

  @Test func tellsWhyThereWasNoResponse() throws {
    let reporting = Reporting()
    let request = requestHead()
    var record = exchangeRecord(request)
    record.status = 0
    record.flags = [.downstreamConnectionTermination, .upstreamConnectionFailure]
    record.cause = "client_disconnected"
    reporting.report(record, request)
    let server = try export(reporting).spans[1]
    #expect(server.attributes["response_flags"] == "UF,DC")
    #expect(server.attributes["error.type"] == "client_disconnected")
    #expect(server.attributes["http.response.status_code"] == nil)
    #expect(server.statusCode == 2)
    #expect(server.statusMessage == "client_disconnected")
  }

  @Test func aResponseThatWasCutIsAnError() throws {
    let reporting = Reporting()
    let request = requestHead()
    var record = exchangeRecord(request)
    record.flags = .upstreamConnectionTermination
    record.cause = "upstream_reset_after_response_started"
    record.attempt.flags = record.flags
    record.attempt.cause = record.cause
    reporting.report(record, request)
    for span in try export(reporting).spans {
      #expect(span.attributes["http.response.status_code"] == "200")
      #expect(span.attributes["error.type"] == "upstream_reset_after_response_started")
      #expect(span.statusCode == 2)
      #expect(span.statusMessage == "upstream_reset_after_response_started")
    }
  }

  @Test func aRepeatedAttemptSaysWhichItIs() throws {
    let reporting = Reporting()
    let request = requestHead()
    var record = exchangeRecord(request)
    record.attempt.status = 0
    record.attempt.flags = .upstreamConnectionTermination
    reporting.reporter.attemptEnded(record, request: request, cluster: reporting.cluster)
    record.beginAttempt(at: .init(nanoseconds: 5_006_000_000))
    record.attempt.end = .init(nanoseconds: 5_008_000_000)
    record.attempt.status = 200
    reporting.report(record, request)
    let spans = try export(reporting).spans
    #expect(spans.map { $0.attributes["http.request.resend_count"] } == [nil, "1", nil])
    #expect(spans[0].attributes["response_flags"] == "UC")
    #expect(spans[0].statusCode == 2)
    #expect(spans[1].start == spans[2].start + 6_000_000)
    #expect(reporting.cluster.upstreamRequestRetry.value == 1)
    #expect(reporting.cluster.upstreamRequestRetrySuccess.value == 1)
  }

  @Test func anUnknownMethodIsOther() throws {
    let reporting = Reporting()
    let request = requestHead(method: .other, methodText: "BREW")
    reporting.report(exchangeRecord(request), request)
    let server = try export(reporting).spans[1]
    #expect(server.name == "HTTP")
    #expect(server.attributes["http.request.method"] == "_OTHER")
    #expect(server.attributes["http.request.method_original"] == "BREW")
  }

  @Test(arguments: [
    ("a.test", "a.test", nil), ("a.test:80", "a.test", "80"), ("[::1]:80", "::1", "80"),
    ("[::1]", "::1", nil), ("a.test:", "a.test", nil), ("a.test:99999", "a.test", nil),
    ("10", "10", nil), (":80", "", "80"),
  ])
  func splitsTheAuthority(authority: String, host: String, port: String?) throws {
    let reporting = Reporting()
    let request = requestHead(authority: authority)
    reporting.report(exchangeRecord(request), request)
    let server = try export(reporting).spans[1]
    #expect(server.attributes["server.address"] == host)
    #expect(server.attributes["server.port"] == port)
  }

  @Test func textIsAlwaysWellFormedAndBounded() throws {
    let reporting = Reporting()
    let request = requestHead(target: "/" + String(repeating: "x", count: 50_000))
    let agent: [UInt8] = [0x61, 0xFF, 0xC3, 0xA9, 0xE2, 0x82, 0x62]
    request.add(.userAgent, name: Array("user-agent".utf8).span, value: agent.span)
    reporting.report(exchangeRecord(request), request)
    let server = try export(reporting).spans[1]
    #expect(server.attributes["user_agent.original"] == "a\u{FFFD}é\u{FFFD}\u{FFFD}b")
    #expect(server.attributes["url.path"]?.utf8.count == 2048)
  }

  @Test func aFullBatchDropsAndCounts() throws {
    let reporting = Reporting(maxSpans: 5)
    let request = requestHead()
    for _ in 0..<4 { reporting.report(exchangeRecord(request), request) }
    #expect(reporting.batch.isDue)
    #expect(try export(reporting).spans.count == 5)
    #expect(reporting.registry.telemetry[0].spansRecorded.value == 5)
    #expect(reporting.registry.telemetry[0].spansDropped.value == 3)
    #expect(reporting.batch.take() == nil)
    reporting.report(exchangeRecord(request), request)
    #expect(try export(reporting).spans.count == 2, "there is room again")
  }

  @Test func aBatchIsBoundedInBytesToo() throws {
    let reporting = Reporting(maxBytes: 4096)
    let request = requestHead(target: "/" + String(repeating: "x", count: 2000))
    for _ in 0..<10 { reporting.report(exchangeRecord(request), request) }
    let decoded = try export(reporting)
    #expect(decoded.spans.count < 4)
    #expect(
      reporting.registry.telemetry[0].spansDropped.value == UInt64(20 - decoded.spans.count))
  }

  @Test func aConnectionIsASpan() throws {
    let reporting = Reporting()
    var record = exchangeRecord(requestHead(), kind: .tcp)
    record.flags = .streamIdleTimeout
    record.cause = "idle_timeout"
    let stats = reporting.registry.tcp.blocks(named: "db")[0]
    let reporter = ConnectionReporter(
      stats: stats, spans: reporting.batch,
      accessLogs: [.init(format: .standard, buffer: reporting.log)])
    stats.connectionBegan()
    reporter.connectionEnded(record, cluster: reporting.cluster)
    let span = try #require(try export(reporting).spans.first)
    #expect(span.name == "TCP")
    #expect(span.kind == 2)
    #expect(
      span.attributes == [
        "network.transport": "tcp", "network.peer.address": "127.0.0.1",
        "network.peer.port": "40000", "network.local.address": "127.0.0.1",
        "network.local.port": "15001",
        "upstream_address": "[2001:db8::1]:8080", "upstream_cluster": "api",
        "bytes_received": "3", "bytes_sent": "1234", "response_flags": "SI", "error.type": "SI",
      ])
    #expect(span.statusMessage == "idle_timeout")
    #expect(stats.downstreamConnectionActive.value == 0)
    #expect(stats.idleTimeout.value == 1)
    let line = try #require(reporting.lines().first)
    #expect(line.contains(#""method":null,"path":null,"protocol":null,"response_code":null"#))
    #expect(line.contains(#""bytes_received":3,"bytes_sent":1234,"duration":12"#))
  }
}
