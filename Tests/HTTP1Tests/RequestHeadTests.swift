import HTTP1
import HTTPModel
import Testing

@Suite struct RequestHeadTests {
  private func decode(_ text: String) throws -> DecodedRequest {
    try #require(try decodeRequest(Array(text.utf8)))
  }

  @Test func decodesATypicalRequest() throws {
    let request = try decode(
      """
      GET /shop/cart?item=7&n=2 HTTP/1.1\r
      Host: shop.example:8080\r
      User-Agent: curl/8.5.0\r
      Accept: */*\r
      \r\n
      """)
    #expect(request.method == "GET")
    #expect(request.target == "/shop/cart?item=7&n=2")
    #expect(request.path == "/shop/cart")
    #expect(request.query == "item=7&n=2")
    #expect(request.authority == "shop.example:8080")
    #expect(request.framing == .none)
    #expect(request.keepsAlive)
    #expect(
      request.forwarded == [
        "Host: shop.example:8080", "User-Agent: curl/8.5.0", "Accept: */*",
      ])
  }

  @Test func leavesWhatFollowsTheHead() throws {
    let request = try decode("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabcGET")
    #expect(request.framing == .length(3))
    #expect(
      request.consumed == "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\n".utf8.count)
  }

  @Test func skipsOneEmptyLineBeforeTheRequest() throws {
    let request = try decode("\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n")
    #expect(request.authority == "a")
    #expect(request.consumed == 29)
    #expect(fault("\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n") == .emptyLines)
  }

  @Test func trimsBlanksAroundValues() throws {
    let request = try decode("GET / HTTP/1.1\r\nHost:a\r\nX: \t b c\t \r\nY:\r\nZ: \t\r\n\r\n")
    #expect(request.forwarded == ["Host: a", "X: b c", "Y: ", "Z: "])
  }

  @Test func takesAsManyFieldsAsAreAllowed() throws {
    let names = (1..<99).map { "x-\($0)" }
    let lines = names.map { "\($0): \($0)\r\n" }.joined()
    let head = "GET / HTTP/1.1\r\nHost: a\r\n\(lines)Connection: x-98, x-2\r\n\r\n"
    let kept = names.filter { $0 != "x-98" && $0 != "x-2" }
    #expect(try decode(head).forwarded == ["Host: a"] + kept.map { "\($0): \($0)" })
  }

  @Test func keepsBytesAbove127InValues() throws {
    let request = try #require(
      try decodeRequest(Array("GET / HTTP/1.1\r\nHost: a\r\nX: gr\u{FC}n\r\n\r\n".utf8)))
    #expect(request.forwarded.last == "X: gr\u{FC}n")
  }

  @Test(arguments: [
    ("GET", HTTPMethod.get), ("HEAD", .head), ("POST", .post), ("PUT", .put), ("DELETE", .delete),
    ("OPTIONS", .options), ("TRACE", .trace), ("PATCH", .patch), ("PROPFIND", .other),
    ("get", .other), ("GETS", .other), ("M-SEARCH", .other), ("X", .other),
  ])
  func classifiesMethods(text: String, method: HTTPMethod) throws {
    let head = RequestHead()
    var decoder = RequestHeadDecoder(limits: HTTP1Limits())
    let bytes = Array("\(text) / HTTP/1.1\r\nHost: a\r\n\r\n".utf8)
    _ = try decoder.decode(bytes.span, into: head)
    #expect(head.method == method)
    #expect(string(head.text(head.methodText)) == text)
  }

  @Test func classifiesEveryKnownNameInEitherCase() throws {
    for known in KnownHeader.allCases where known != .other {
      let name = "\(known.name)"
      #expect(KnownHeader.named(Array(name.utf8).span) == known)
      #expect(KnownHeader.named(Array(name.uppercased().utf8).span) == known)
      for position in name.indices {
        var near = name
        near.replaceSubrange(position...position, with: "_")
        #expect(KnownHeader.named(Array(near.utf8).span) == .other, "\(near)")
      }
      #expect(KnownHeader.named(Array((name + "s").utf8).span) == .other)
    }
  }

  // MARK: target and authority

  @Test func takesTheAuthorityOfAnAbsoluteTarget() throws {
    let request = try decode(
      "GET http://b.example:81/x?y HTTP/1.1\r\nHost: a.example\r\nX: 1\r\n\r\n")
    #expect(request.authority == "b.example:81")
    #expect(request.target == "/x?y")
    #expect(request.path == "/x")
    #expect(request.query == "y")
    #expect(request.forwarded.first == "Host: b.example:81")
  }

  @Test func givesAnAbsoluteTargetWithoutPathOne() throws {
    let plain = try decode("GET HTTP://b HTTP/1.1\r\nHost: a\r\n\r\n")
    #expect(plain.target == "/")
    #expect(plain.authority == "b")
    let query = try decode("GET https://b?q=1 HTTP/1.1\r\nHost: a\r\n\r\n")
    #expect(query.target == "/?q=1")
    #expect(query.path == "/")
    #expect(query.query == "q=1")
    #expect(try decode("OPTIONS http://b HTTP/1.1\r\nHost: a\r\n\r\n").target == "*")
  }

  @Test func takesAnAsteriskForOptionsOnly() throws {
    #expect(try decode("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n").target == "*")
    #expect(fault("GET * HTTP/1.1\r\nHost: a\r\n\r\n") == .targetForm)
  }

  @Test func takesAnAuthorityForConnectOnly() throws {
    #expect(try decode("CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n").authority == "a:443")
    #expect(fault("CONNECT / HTTP/1.1\r\nHost: a\r\n\r\n") == .targetForm)
    #expect(fault("CONNECT a HTTP/1.1\r\nHost: a\r\n\r\n") == .targetForm)
    #expect(fault("GET a:443 HTTP/1.1\r\nHost: a\r\n\r\n") == .targetForm)
  }

  @Test(arguments: [
    "a", "a.b-c.d_e~f", "127.0.0.1", "a:0", "a:65535", "[::1]", "[::1]:80", "[::]", "[1::]",
    "[2001:db8::1:2]", "[1:2:3:4:5:6:7:8]", "[::ffff:1.2.3.4]", "[1:2:3:4:5:6:1.2.3.4]",
  ])
  func acceptsHost(host: String) throws {
    #expect(try decode("GET / HTTP/1.1\r\nHost: \(host)\r\n\r\n").authority == host)
  }

  @Test(arguments: [
    "", ":80", "a:", "a:65536", "a:080000", "a:b", "a:1:2", "a b", "u@a", "a/b", "a,b", "a;b",
    "a%20",
    "a\\b", "a?b", "a#b", "[", "[]", "[:]", "[:::]", "[1:2]", "[1:2:3:4:5:6:7:8:9]", "[::1", "::1",
    "[::1]a", "[::g]", "[12345::]", "[1::2::3]", "[1:2:3:4:5:6:7:8::]", "[::1.2.3]",
    "[::1.2.3.256]",
    "[::1%25eth0]", "[v1.a]", "a\"", "http://a", "a(b)", "a&b", "\u{E9}", "[1:]", "[:1]",
  ])
  func refusesHost(host: String) {
    #expect(fault("GET / HTTP/1.1\r\nHost: \(host)\r\n\r\n") == .host)
  }

  // MARK: connection

  @Test func keepsConnectionsAsTheVersionSays() throws {
    #expect(try decode("GET / HTTP/1.1\r\nHost: a\r\n\r\n").keepsAlive)
    #expect(try !decode("GET / HTTP/1.1\r\nHost: a\r\nConnection: x, Close\r\n\r\n").keepsAlive)
    #expect(try !decode("GET / HTTP/1.0\r\n\r\n").keepsAlive)
    #expect(try decode("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n").keepsAlive)
    #expect(try !decode("GET / HTTP/1.0\r\nConnection: close, keep-alive\r\n\r\n").keepsAlive)
  }

  @Test func keepsHopByHopFieldsBack() throws {
    let request = try decode(
      """
      GET / HTTP/1.1\r
      Host: a\r
      Connection: X-One , ,upgrade\r
      X-One: 1\r
      X-Two: 2\r
      Keep-Alive: timeout=5\r
      Proxy-Connection: keep-alive\r
      Upgrade: websocket\r
      TE: gzip, trailers\r
      Connection: x-three\r
      X-THREE: 3\r
      x-one: again\r
      Trailer: x\r
      \r\n
      """)
    #expect(request.forwarded == ["Host: a", "X-Two: 2", "Trailer: x"])
    #expect(request.acceptsTrailers)
  }

  @Test(arguments: [
    "host", "Content-Length", "transfer-encoding", "cookie", "authorization", "x-forwarded-for",
    "X-Forwarded-Proto", "x-request-id", "traceparent", "connection",
  ])
  func refusesAConnectionOptionThatNamesAnEndToEndField(name: String) {
    #expect(
      fault("GET / HTTP/1.1\r\nHost: a\r\nConnection: close, \(name)\r\n\r\n")
        == .connectionNamesEndToEnd)
  }

  @Test func marksFramingFields() throws {
    let length = try decode("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 12\r\n\r\n")
    #expect(length.framing == .length(12))
    #expect(length.forwarded == ["Host: a"])
    let chunked = try decode("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\n\r\n")
    #expect(chunked.framing == .chunked)
    #expect(chunked.forwarded == ["Host: a"])
  }

  @Test func passesTheExpectationThatIsKnownAndNoOther() throws {
    let expecting = "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-Continue\r\n\r\n"
    #expect(try decode(expecting).forwarded.contains("Expect: 100-Continue"))
    #expect(fault("GET / HTTP/1.1\r\nHost: a\r\nExpect: 200-ok\r\n\r\n") == .expectation)
    #expect(HTTP1Fault.expectation.status == 417)
  }

  @Test func ignoresTheExpectationOfAClientThatCannotBeToldToContinue() throws {
    let lines = "Expect: 100-continue\r\nContent-Length: 4\r\nX-Kept: a\r\n\r\n"
    #expect(try decode("POST / HTTP/1.0\r\n\(lines)").forwarded == ["X-Kept: a"])
    #expect(try decode("POST / HTTP/1.1\r\nHost: a\r\n\(lines)").forwarded.count == 3)
  }

  // MARK: limits

  @Test func answersATargetThatIsTooLong() {
    let limits = HTTP1Limits(maxHeadBytes: 256)
    let long = String(repeating: "a", count: 300)
    #expect(fault("GET /\(long)", limits: limits) == .targetTooLong)
    #expect(fault("GET /\(long) HTTP/1.1\r\nHost: a\r\n\r\n", limits: limits) == .targetTooLong)
    #expect(HTTP1Fault.targetTooLong.status == 414)
  }

  @Test func answersAHeadThatIsTooLarge() {
    let limits = HTTP1Limits(maxHeadBytes: 256, maxHeaderCount: 3)
    let long = String(repeating: "a", count: 300)
    #expect(fault("GET / HTTP/1.1\r\nHost: a\r\nX: \(long)", limits: limits) == .headTooLarge)
    let fields = "Host: a\r\nB: 1\r\nC: 1\r\n"
    #expect(fault("GET / HTTP/1.1\r\n\(fields)\r\n", limits: limits) == nil)
    #expect(fault("GET / HTTP/1.1\r\n\(fields)D: 1\r\n\r\n", limits: limits) == .tooManyFields)
    #expect(HTTP1Fault.tooManyFields.status == 431)
  }

  @Test func takesAHeadOfExactlyTheLimit() throws {
    let fixed = "GET / HTTP/1.1\r\nHost: a\r\nX: \r\n\r\n".utf8.count
    let limits = HTTP1Limits(maxHeadBytes: 256)
    for (extra, expected) in [(0, nil), (1, HTTP1Fault.headTooLarge)] {
      let value = String(repeating: "v", count: 256 - fixed + extra)
      #expect(fault("GET / HTTP/1.1\r\nHost: a\r\nX: \(value)\r\n\r\n", limits: limits) == expected)
    }
  }

  @Test func refusesAMethodOfUnreasonableLength() {
    let long = String(repeating: "M", count: 33)
    #expect(fault("\(long) / HTTP/1.1\r\nHost: a\r\n\r\n") == .methodTooLong)
    #expect(HTTP1Fault.methodTooLong.status == 501)
  }
}
