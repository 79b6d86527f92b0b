import Config
import HTTPModel
import Memory
import Platform
import Testing

@testable import Telemetry

@Suite("access log")
struct AccessLogTests {
  private func line(
    _ format: String, _ fields: [(String, String)] = [], response: ResponseHead? = nil,
    change: (inout ExchangeRecord) -> Void = { _ in }
  ) throws -> String {
    let parsed = try FormatString(parsing: format, in: .accessLog)
    let reporting = Reporting(fields: [.init(key: "k", format: parsed)])
    let request = requestHead(fields, target: "/a?b=c")
    var record = exchangeRecord(request)
    change(&record)
    reporting.report(record, request, response: response)
    return try #require(reporting.lines().first)
  }

  @Test func writesItsOwnSetWhereNoneIsConfigured() throws {
    let reporting = Reporting()
    let request = requestHead(
      [("User-Agent", "curl/8"), ("x-forwarded-for", "10.0.0.1"), ("x-request-id", "r-1")],
      target: "/a?b=c", authority: "shop.test")
    reporting.report(exchangeRecord(request), request)
    let expected = [
      #"{"start_time":"2023-11-14T22:13:20.123Z","method":"GET","path":"/a?b=c","#,
      #""protocol":"HTTP/1.1","response_code":200,"response_flags":"-","#,
      #""response_code_details":"via_upstream","bytes_received":3,"bytes_sent":1234,"#,
      #""duration":12,"upstream_service_time":9,"x_forwarded_for":"10.0.0.1","#,
      #""user_agent":"curl/8","request_id":"r-1","authority":"shop.test","#,
      #""upstream_host":"[2001:db8::1]:8080","upstream_cluster":"api","route_name":"to-api","#,
      #""downstream_remote_address":"127.0.0.1:40000","#,
      #""trace_id":"0102030405060708090a0b0c0d0e0f10","span_id":"1112131415161718"}"#,
    ]
    #expect(reporting.lines() == [expected.joined()])
  }

  @Test func whatIsMissingIsNullAloneAndADashInText() throws {
    #expect(try line("%REQ(X-NONE)%") == #"{"k":null}"#)
    #expect(try line("a %REQ(X-NONE)% b") == #"{"k":"a - b"}"#)
    #expect(try line("%RESP(X-NONE)%") == #"{"k":null}"#)
    #expect(try line("%UPSTREAM_HOST%") { $0.attempt.endpoint = nil } == #"{"k":null}"#)
  }

  @Test(arguments: [
    ("%RESPONSE_CODE%", "200"), ("%RESPONSE_CODE% OK", #""200 OK""#), ("%DURATION%", "12"),
    ("%REQUEST_DURATION%", "5"), ("%RESPONSE_DURATION%", "10"), ("%RESPONSE_TX_DURATION%", "2"),
    ("%UPSTREAM_REQUEST_ATTEMPT_COUNT%", "1"), ("100%%", #""100%""#), ("", #""""#),
    ("%REQ(:METHOD)% %REQ(X-ENVOY-ORIGINAL-PATH?:PATH)% %PROTOCOL%", #""GET /a?b=c HTTP/1.1""#),
    ("%REQ(:AUTHORITY)%", #""example.test""#), ("%REQ(:SCHEME)%", #""http""#),
    ("%REQ(X-Long):3%", #""abc""#), ("%REQ(x-none?x-long)%", #""abcdef""#),
    ("%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%", #""127.0.0.1""#),
    ("%DOWNSTREAM_REMOTE_PORT%", "40000"), ("%DOWNSTREAM_LOCAL_ADDRESS%", #""127.0.0.1:15001""#),
    ("%ROUTE_NAME% -> %UPSTREAM_CLUSTER%", #""to-api -> api""#),
    (#"say "%RESPONSE_FLAGS%""#, #""say \"-\"""#), ("%REQ(:path):2%", #""/a""#),
    ("%REQ(x-none?:method)%", #""GET""#), ("%REQ(host)%", #""example.test""#),
    ("on %HOSTNAME%", #""on node-1""#), ("%UPSTREAM_REMOTE_ADDRESS%", #""[2001:db8::1]:8080""#),
  ])
  func showsWhatTheOperatorsName(format: String, expected: String) throws {
    #expect(try line(format, [("x-long", "abcdef")]) == "{\"k\":\(expected)}")
  }

  @Test func looksUpResponseHeaders() throws {
    let response = ResponseHead()
    response.add(.server, name: Array("server".utf8).span, value: Array("nginx".utf8).span)
    response.add(.other, name: Array("x-v".utf8).span, value: Array("2".utf8).span)
    #expect(try line("%RESP(Server)% %RESP(X-V)%", response: response) == #"{"k":"nginx 2"}"#)
  }

  @Test func escapesWhatJSONCannotHold() throws {
    let reporting = Reporting(fields: [.init(key: "k\"", format: .parsed("%REQ(x)%"))])
    let value: [UInt8] =
      Array("a\"b\\c\n\r\t\u{1}\u{1F}\u{7F}é😀".utf8) + [0xFF, 0xC0, 0x80, 0xED, 0xA0, 0x80]
    let request = requestHead()
    request.add(.other, name: Array("x".utf8).span, value: value.span)
    reporting.report(exchangeRecord(request), request)
    let bad = String(repeating: "\u{FFFD}", count: 6)
    #expect(
      reporting.lines() == [
        #"{"k\"":"a\"b\\c\n\r\t\u0001\u001f\u007fé😀"# + bad + "\"}"
      ])
  }

  @Test func everyByteAtEveryPlaceIsEscapedAsItMustBe() {
    for byte in UInt8.min...UInt8.max {
      for offset in 0..<9 {
        var text = [UInt8](repeating: 0x61, count: 9)
        text[offset] = byte
        let mustChange = byte < 0x20 || byte == 0x22 || byte == 0x5C || byte >= 0x7F
        #expect(JSONText.isPlain(text.span) != mustChange || (!mustChange && offset < 8))
        let bytes = ByteBuffer(capacity: 16)
        bytes.append(json: text.span)
        #expect((bytes.readable.text.utf8.count == 9) == !mustChange)
      }
    }
  }

  @Test func aFullBufferDropsWholeLinesAndCounts() {
    let reporting = Reporting(
      fields: [.init(key: "k", format: .parsed("%REQ(x)%"))], maxBytes: 1000)
    let request = requestHead([("x", String(repeating: "y", count: 291))])
    for _ in 0..<10 { reporting.report(exchangeRecord(request), request) }
    #expect(reporting.log.isDue)
    let lines = reporting.lines()
    #expect(lines.count == 4)
    #expect(lines.allSatisfy { $0.hasSuffix("\"}") })
    #expect(reporting.registry.telemetry[0].accessLogLines.value == 4)
    #expect(reporting.registry.telemetry[0].accessLogDropped.value == 6)
    #expect(reporting.log.take() == nil)
  }
}

@Suite("text of addresses and times")
struct TextTests {
  private func text(_ write: (ByteBuffer) -> Void) -> String {
    let bytes = ByteBuffer(capacity: 8)
    write(bytes)
    return bytes.readable.text
  }

  @Test(arguments: [
    "127.0.0.1", "0.0.0.0", "255.255.255.255", "::", "::1", "1::", "2001:db8::1", "fe80::1:0:0:1",
    "2001:db8:0:1:1:1:1:1", "1:2:3:4:5:6:7:8", "::ffff:10.1.2.3", "1:0:0:2::3", "0:1::", "a:b:c::",
    "1:0:2:3:4:5:6:7",
  ])
  func addressesReadAsTheSystemWritesThem(host: String) throws {
    let address = try #require(SocketAddress(host, port: 443))
    #expect(text { $0.append(host: address) } == address.host)
    #expect(text { $0.append(address) } == address.description)
  }

  @Test(arguments: [
    (0 as UInt64, "1970-01-01T00:00:00.000Z"), (951_782_399_999, "2000-02-28T23:59:59.999Z"),
    (951_782_400_000, "2000-02-29T00:00:00.000Z"), (951_868_800_001, "2000-03-01T00:00:00.001Z"),
    (4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
    (1_735_689_599_050, "2024-12-31T23:59:59.050Z"),
  ])
  func timesReadAsRFC3339(milliseconds: UInt64, expected: String) {
    let instant = WallInstant(nanoseconds: milliseconds * 1_000_000)
    #expect(text { $0.append(rfc3339: instant) } == expected)
  }

  @Test(arguments: [
    (0 as UInt64, "Thu, 01 Jan 1970 00:00:00 GMT"), (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"),
    (951_782_399, "Mon, 28 Feb 2000 23:59:59 GMT"), (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"),
    (1_735_689_599, "Tue, 31 Dec 2024 23:59:59 GMT"),
  ])
  func datesReadAsHTTPWantsThem(seconds: UInt64, expected: String) {
    let instant = WallInstant(nanoseconds: seconds * 1_000_000_000 + 999_999_999)
    #expect(text { $0.append(httpDate: instant) } == expected)
  }

  @Test(arguments: [
    (ResponseFlags(), "-"), (ResponseFlags.noHealthyUpstream, "UH"),
    (ResponseFlags([.localReset, .noRoute]), "NR,LR"),
    (ResponseFlags([.upstreamConnectionFailure, .downstreamConnectionTermination]), "UF,DC"),
  ])
  func flagsReadAsTheirLetters(flags: ResponseFlags, expected: String) {
    #expect(text { $0.append(flags) } == expected)
  }
}
