import HTTP1
import HTTPModel
import Testing

@Suite struct ResponseHeadTests {
  private func decode(
    _ text: String, answering method: HTTPMethod = .get
  ) throws -> DecodedResponse {
    try #require(try decodeResponse(Array(text.utf8), answering: method))
  }

  @Test func decodesATypicalResponse() throws {
    let response = try decode(
      "HTTP/1.1 200 OK\r\nServer: nginx\r\nContent-Length: 5\r\nConnection: keep-alive\r\n\r\nhello"
    )
    #expect(response.status == 200)
    #expect(response.framing == .length(5))
    #expect(response.keepsAlive)
    #expect(response.forwarded == ["Server: nginx"])
  }

  @Test func takesAnyReasonOrNone() throws {
    #expect(try decode("HTTP/1.1 404 Gone \u{E9} fishing\r\n\r\n").status == 404)
    #expect(try decode("HTTP/1.1 299 \r\n\r\n").status == 299)
    #expect(try decode("HTTP/1.1 503\r\n\r\n").status == 503)
  }

  @Test func framesAsMethodAndStatusSay() throws {
    let length = "Content-Length: 7\r\n\r\n"
    let chunked = "Transfer-Encoding: chunked\r\n\r\n"
    #expect(try decode("HTTP/1.1 200 OK\r\n\(chunked)").framing == .chunked)
    #expect(try decode("HTTP/1.1 200 OK\r\n\r\n").framing == .untilClose)
    #expect(try decode("HTTP/1.1 200 OK\r\n\(length)", answering: .head).framing == .none)
    #expect(try decode("HTTP/1.1 200 OK\r\n\(chunked)", answering: .head).framing == .none)
    #expect(try decode("HTTP/1.1 304 Not Modified\r\n\(length)").framing == .none)
    #expect(try decode("HTTP/1.1 204 No Content\r\n\r\n").framing == .none)
    #expect(try decode("HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n").framing == .none)
    #expect(try decode("HTTP/1.1 100 Continue\r\n\r\n").framing == .none)
    #expect(try decode("HTTP/1.1 200 OK\r\n\(length)", answering: .connect).framing == .untilClose)
    #expect(try decode("HTTP/1.1 407 No\r\n\(length)", answering: .connect).framing == .length(7))
  }

  @Test func sendsOnALengthThatOnlyInforms() throws {
    let text = "HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n"
    #expect(try decode(text, answering: .head).forwarded == ["Content-Length: 7"])
    #expect(try decode(text).forwarded == [])
  }

  @Test func keepsConnectionsAsTheVersionSays() throws {
    let length = "Content-Length: 0\r\n"
    #expect(try decode("HTTP/1.1 200 OK\r\n\(length)\r\n").keepsAlive)
    #expect(try !decode("HTTP/1.1 200 OK\r\n\(length)Connection: close\r\n\r\n").keepsAlive)
    #expect(try !decode("HTTP/1.1 200 OK\r\n\r\n").keepsAlive)
    #expect(try !decode("HTTP/1.0 200 OK\r\n\(length)\r\n").keepsAlive)
    #expect(try decode("HTTP/1.0 200 OK\r\n\(length)Connection: keep-alive\r\n\r\n").keepsAlive)
  }

  @Test(arguments: [
    ("HTTP/1.1 200 OK\nX: 1\n\n", HTTP1Fault.bareLF),
    ("HTTP/1.1 200 O\rK\r\n\r\n", .bareCR),
    ("HTTP/1.1 200 O\0K\r\n\r\n", .statusLine),
    ("HTTP/1.1  200 OK\r\n\r\n", .statusLine),
    ("HTTP/1.1 20 OK\r\n\r\n", .statusLine),
    ("HTTP/1.1 2000 OK\r\n\r\n", .statusLine),
    ("HTTP/1.1 2x0 OK\r\n\r\n", .statusLine),
    ("HTTP/1.1 +20 OK\r\n\r\n", .statusLine),
    ("HTTP/1.1 200\tOK\r\n\r\n", .statusLine),
    ("HTTP/1.1\t200 OK\r\n\r\n", .statusLine),
    ("HTTP/1.1 099 OK\r\n\r\n", .statusCode),
    ("HTTP/1.1 600 OK\r\n\r\n", .statusCode),
    ("HTTP/1.1 999 OK\r\n\r\n", .statusCode),
    ("http/1.1 200 OK\r\n\r\n", .version),
    ("ICY 200 OK\r\n\r\n", .version),
    ("HTTP/2.0 200 OK\r\n\r\n", .unsupportedVersion),
    ("HTTP/0.9 200 OK\r\n\r\n", .unsupportedVersion),
    ("\r\nHTTP/1.1 200 OK\r\n\r\n", .version),
    (" HTTP/1.1 200 OK\r\n\r\n", .version),
    ("<html>hello</html>\r\n\r\n", .version),
    ("HTTP/1.1 200 OK\r\nX : 1\r\n\r\n", .spaceBeforeColon),
    ("HTTP/1.1 200 OK\r\nX: 1\r\n 2\r\n\r\n", .obsFold),
    ("HTTP/1.1 200 OK\r\nX: \0\r\n\r\n", .fieldValue),
    ("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n", .repeatedContentLength),
    ("HTTP/1.1 200 OK\r\nContent-Length: 1,1\r\n\r\n", .contentLength),
    ("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", .contentLength),
    ("HTTP/1.1 304 NM\r\nContent-Length: x\r\n\r\n", .contentLength),
    (
      "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
      .lengthWithCoding
    ),
    ("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", .unknownCoding),
    ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, gzip\r\n\r\n", .chunkedNotLast),
    ("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", .codingOnHTTP10),
    ("HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n", .bodyForbidden),
    ("HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n", .bodyForbidden),
    ("HTTP/1.1 100 Continue\r\nContent-Length: 5\r\n\r\n", .bodyForbidden),
    ("HTTP/1.1 101 Switching\r\nTransfer-Encoding: chunked\r\n\r\n", .bodyForbidden),
    ("HTTP/1.1 200 OK\r\nConnection: set-cookie\r\n\r\n", .connectionNamesEndToEnd),
  ])
  func refuses(text: String, expected: HTTP1Fault) {
    #expect(fault(response: text) == expected)
  }

  @Test func refusesAHeadThatIsTooLarge() {
    let limits = HTTP1Limits(maxHeadBytes: 256, maxHeaderCount: 2)
    let long = String(repeating: "x", count: 300)
    #expect(fault(response: "HTTP/1.1 200 \(long)", limits: limits) == .headTooLarge)
    #expect(
      fault(response: "HTTP/1.1 200 OK\r\nX: \(long)\r\n\r\n", limits: limits) == .headTooLarge)
    let three = "HTTP/1.1 200 OK\r\nA: 1\r\nB: 1\r\nC: 1\r\n\r\n"
    #expect(fault(response: three, limits: limits) == .tooManyFields)
  }

  @Test func knowsInterimResponses() throws {
    let head = ResponseHead()
    for (status, isInterim) in [(100, true), (103, true), (101, false), (200, false)] {
      head.status = status
      #expect(head.isInterim == isInterim)
    }
  }
}
