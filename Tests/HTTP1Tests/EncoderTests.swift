import HTTP1
import HTTPModel
import Memory
import Testing

@Suite struct EncoderTests {
  private func request(_ text: String) throws -> RequestHead {
    let head = RequestHead()
    var decoder = RequestHeadDecoder(limits: HTTP1Limits())
    _ = try decoder.decode(Array(text.utf8).span, into: head)
    return head
  }

  private func response(_ text: String, answering method: HTTPMethod = .get) throws -> ResponseHead
  {
    let head = ResponseHead()
    var decoder = ResponseHeadDecoder(limits: HTTP1Limits())
    _ = try decoder.decode(Array(text.utf8).span, answering: method, into: head)
    return head
  }

  private func encoded(_ head: RequestHead, acceptsTrailers: Bool = false) -> String {
    let buffer = ByteBuffer(capacity: 64)
    RequestHeadEncoder.encode(head, acceptsTrailers: acceptsTrailers, into: buffer)
    return string(buffer.readable)
  }

  private func encoded(
    _ head: ResponseHead, answering method: HTTPMethod = .get, to version: HTTPVersion = .http11,
    keepsAlive: Bool = true
  ) -> (text: String, framing: BodyFraming) {
    let buffer = ByteBuffer(capacity: 64)
    let framing = ResponseHeadEncoder.encode(
      head, answering: method, to: version, keepsAlive: keepsAlive, into: buffer)
    return (string(buffer.readable), framing)
  }

  @Test func writesARequestWithItsOwnHostFramingAndNoHopByHopField() throws {
    let head = try request(
      """
      POST /x?y HTTP/1.1\r
      Accept:  */* \r
      Connection: X-Hop, close\r
      X-Hop: 1\r
      Host: a\r
      X-Tab:\tv\r
      Transfer-Encoding: Chunked\r
      Cookie: c\r
      Via: 1.1 v\r
      \r\n
      """)
    #expect(
      encoded(head)
        == "POST /x?y HTTP/1.1\r\nAccept: */*\r\nHost: a\r\nX-Tab: v\r\nCookie: c\r\nVia: 1.1 v\r\n"
        + "transfer-encoding: chunked\r\n\r\n")
  }

  @Test func namesTheHostOfTheTargetAndOfARewrite() throws {
    let absolute = try request("GET http://b/x HTTP/1.1\r\nHost: a\r\nA: 1\r\n\r\n")
    #expect(encoded(absolute) == "GET /x HTTP/1.1\r\nHost: b\r\nA: 1\r\n\r\n")
    let rewritten = try request("GET /x HTTP/1.1\r\nHost: a\r\nA: 1\r\n\r\n")
    rewritten.replaceAuthority(with: Array("c:1".utf8).span)
    #expect(encoded(rewritten) == "GET /x HTTP/1.1\r\nhost: c:1\r\nA: 1\r\n\r\n")
  }

  @Test func writesWhatWasAddedAndRemoved() throws {
    let head = try request("GET / HTTP/1.1\r\nHost: a\r\nA: 1\r\nB: 2\r\nC: 3\r\n\r\n")
    head.mark(2, .removed)
    head.add(.other, name: Array("x-new".utf8).span, value: Array("n".utf8).span)
    #expect(encoded(head) == "GET / HTTP/1.1\r\nHost: a\r\nA: 1\r\nC: 3\r\nx-new: n\r\n\r\n")
  }

  @Test func asksForTrailersAlone() throws {
    let head = try request("GET / HTTP/1.1\r\nHost: a\r\nTE: gzip, trailers\r\n\r\n")
    #expect(
      encoded(head, acceptsTrailers: head.acceptsTrailers)
        == "GET / HTTP/1.1\r\nHost: a\r\nte: trailers\r\nconnection: te\r\n\r\n")
  }

  @Test func makesHTTP11OfHTTP10() throws {
    #expect(
      encoded(try request("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"))
        == "GET / HTTP/1.1\r\nhost: \r\n\r\n")
  }

  @Test func writesAResponse() throws {
    let head = try response(
      "HTTP/1.1 200 Fine\r\nServer: s\r\nConnection: close\r\nContent-Length: 05\r\n\r\n")
    let kept = encoded(head)
    #expect(kept.text == "HTTP/1.1 200 OK\r\nServer: s\r\ncontent-length: 5\r\n\r\n")
    #expect(kept.framing == .length(5))
    let closed = encoded(head, keepsAlive: false)
    #expect(closed.text.hasSuffix("content-length: 5\r\nconnection: close\r\n\r\n"))
  }

  @Test func chunksForHTTP11WhatEndsWithTheConnection() throws {
    let head = try response("HTTP/1.1 200 OK\r\n\r\n")
    let new = encoded(head)
    #expect(new.framing == .chunked)
    #expect(new.text == "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
    let old = encoded(head, to: .http10)
    #expect(old.framing == .untilClose)
    #expect(old.text == "HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n")
  }

  @Test func sendsNoChunksToHTTP10() throws {
    let head = try response("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    #expect(encoded(head, to: .http10).framing == .untilClose)
    let length = try response("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n")
    let kept = encoded(length, to: .http10)
    #expect(kept.framing == .length(1))
    #expect(kept.text.hasSuffix("connection: keep-alive\r\n\r\n"))
  }

  @Test func sendsNoBodyBehindHead() throws {
    let upstream = try response("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", answering: .head)
    let sent = encoded(upstream, answering: .head)
    #expect(sent.framing == .none)
    #expect(sent.text == "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n")
    let own = ResponseHead()
    own.status = 404
    own.framing = .length(9)
    let direct = encoded(own, answering: .head)
    #expect(direct.framing == .none)
    #expect(direct.text == "HTTP/1.1 404 Not Found\r\ncontent-length: 9\r\n\r\n")
  }

  @Test func writesInterimResponses() throws {
    let buffer = ByteBuffer(capacity: 64)
    let hints = try response("HTTP/1.1 103 Hint\r\nLink: </a>\r\nConnection: x\r\n\r\n")
    ResponseHeadEncoder.encodeInterim(hints, into: buffer)
    #expect(string(buffer.readable) == "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n")
  }

  @Test func writesAReasonForEveryRegisteredStatusAndNoneForOthers() {
    let head = ResponseHead()
    for (status, line) in [
      (100, "100 Continue"), (206, "206 Partial Content"), (308, "308 Permanent Redirect"),
      (431, "431 Request Header Fields Too Large"), (504, "504 Gateway Timeout"), (299, "299 "),
      (418, "418 "), (599, "599 "),
    ] {
      head.status = status
      head.framing = .untilClose
      #expect(encoded(head, to: .http10).text.hasPrefix("HTTP/1.1 \(line)\r\n"))
    }
  }

  @Test func tellsTheEndOfAResponseThatEndedWithItsHead() {
    let head = ResponseHead()
    for (status, length) in [(200, "content-length: 0\r\n"), (204, ""), (304, "")] {
      head.status = status
      head.framing = .none
      #expect(encoded(head).text.hasSuffix("\r\n\(length)\r\n"))
    }
  }

  @Test func writesChunksThatDecodeAgain() throws {
    let buffer = ByteBuffer(capacity: 16)
    let trailers = Trailers()
    trailers.add(.other, name: Array("x-sum".utf8).span, value: Array("9".utf8).span)
    let parts = [1, 15, 16, 255, 4096].map { [UInt8](repeating: UInt8($0 & 0xFF), count: $0) }
    for part in parts { BodyEncoder.encodeChunk(part.span, into: buffer) }
    BodyEncoder.encodeChunk([UInt8]().span, into: buffer)
    BodyEncoder.encodeEnd(trailers: trailers, into: buffer)
    let body = try decodeBody(bytes(buffer))
    #expect(body.bytes == parts.flatMap { $0 })
    #expect(body.trailers == ["x-sum: 9"])
    #expect(body.consumed == buffer.count)
  }

  private func bytes(_ buffer: ByteBuffer) -> [UInt8] {
    let span = buffer.readable
    return span.indices.map { span[$0] }
  }
}
