import HTTP1
import HTTPModel
import Testing

@Suite struct BodyDecoderTests {
  private func decode(_ text: String, framing: BodyFraming = .chunked) throws -> DecodedBody {
    try decodeBody(Array(text.utf8), framing: framing)
  }

  @Test func endsAtOnceWithoutABody() throws {
    for framing in [BodyFraming.none, .length(0)] {
      let body = try decode("GET", framing: framing)
      #expect(body.isEnded)
      #expect(body.consumed == 0)
      #expect(BodyDecoder(framing: framing, limits: HTTP1Limits()).isEnded)
    }
  }

  @Test func handsOverAsManyBytesAsTheLengthSays() throws {
    let body = try decode("helloGET", framing: .length(5))
    #expect(body.bytes == Array("hello".utf8))
    #expect(body.consumed == 5)
    #expect(body.isEnded)
    #expect(try !decode("hell", framing: .length(5)).isEnded)
  }

  @Test func decodesChunksAndTrailers() throws {
    let body = try decode(
      "5\r\nhello\r\n00C;x;y=1;z=\"a; \\\"b\"\r\n, it is good\r\n0\r\nX-Sum: 7 \r\nY:\r\n\r\nGET")
    #expect(String(decoding: body.bytes, as: UTF8.self) == "hello, it is good")
    #expect(body.trailers == ["X-Sum: 7", "Y: "])
    #expect(body.isEnded)
  }

  @Test func leavesWhatFollowsTheLastChunk() throws {
    let body = try decode("3\r\nabc\r\n0\r\n\r\nGET / HTTP/1.1\r\n")
    #expect(body.consumed == "3\r\nabc\r\n0\r\n\r\n".utf8.count)
  }

  @Test func dropsTrailersThatMustNotCome() throws {
    let body = try decode(
      "0\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\nHost: b\r\nAuthorization: x\r\n"
        + "Content-Encoding: gzip\r\nX-Forwarded-For: 1.1.1.1\r\ngrpc-status: 0\r\n\r\n")
    #expect(body.trailers == ["grpc-status: 0"])
  }

  @Test(arguments: [
    ("\r\n", HTTP1Fault.chunkSize), ("x\r\n", .chunkSize), ("-1\r\n", .chunkSize),
    ("+1\r\n", .chunkSize), ("0x1\r\n", .chunkSize), (" 1\r\n", .chunkSize),
    ("1 \r\n", .chunkSize), ("1\t\r\n", .chunkSize), ("1 ;x\r\n", .chunkSize),
    (";x\r\n", .chunkSize),
    ("1,1\r\n", .chunkSize), ("1_0\r\n", .chunkSize), ("\0\r\n", .chunkSize),
    ("\u{FF11}\r\n", .chunkSize),
    ("5\nhello", .bareLF), ("\n", .bareLF), ("5\rhello", .bareCR), ("5\r\rhello", .bareCR),
    ("5;x\nhello", .bareLF), ("5;\nhello", .bareLF), ("5;x=\"\n\"\r\n", .bareLF),
    ("5\r\nhello\n0\r\n\r\n", .bareLF), ("5\r\nhello\r0\r\n\r\n", .bareCR),
    ("5\r\nhello0\r\n\r\n", .chunkEnd), ("5\r\nhello, \r\n0\r\n\r\n", .chunkEnd),
    ("4\r\nhello\r\n0\r\n\r\n", .chunkEnd), ("5\r\nhello \r\n", .chunkEnd),
    ("8000000000000000\r\n", .chunkSizeTooLarge), ("10000000000000000\r\n", .chunkSizeTooLarge),
    ("ffffffffffffffff\r\n", .chunkSizeTooLarge), ("fffffffffffffffff\r\n", .chunkSizeTooLarge),
    ("00000000000000001\r\n", .chunkSizeTooLarge), ("10000000000000005\r\n", .chunkSizeTooLarge),
    ("1;\r\n", .chunkExtension), ("1;;x\r\n", .chunkExtension), ("1; x\r\n", .chunkExtension),
    ("1;x y\r\n", .chunkExtension), ("1;x =y\r\n", .chunkExtension),
    ("1;x= y\r\n", .chunkExtension),
    ("1;x=\r\n", .chunkExtension), ("1;=y\r\n", .chunkExtension), ("1;x=y z\r\n", .chunkExtension),
    ("1;x=\"y\"z\r\n", .chunkExtension), ("1;x\0\r\n", .chunkExtension),
    ("1;x \r\n", .chunkExtension),
    ("1;x=\"\0\"\r\n", .chunkExtension), ("1;x=\"\r\n", .chunkExtension),
    ("1;x=y=z\r\n", .chunkExtension),
    ("1;x(\r\n", .chunkExtension), ("1;\u{E9}\r\n", .chunkExtension),
    ("0\r\nX : 1\r\n\r\n", .spaceBeforeColon), ("0\r\n X: 1\r\n\r\n", .obsFold),
    ("0\r\nX: 1\r\n 2\r\n\r\n", .obsFold), ("0\r\nX: 1\n\r\n", .bareLF), ("0\r\n\n", .bareLF),
    ("0\n\r\n", .bareLF), ("0\r\n\rX", .bareCR), ("0\r\nX: \0\r\n\r\n", .fieldValue),
    ("0\r\nGET / HTTP/1.1\r\n\r\n", .fieldName), ("0\r\nX\r\n\r\n", .missingColon),
    ("0\r\n: x\r\n\r\n", .emptyFieldName),
  ])
  func refuses(text: String, expected: HTTP1Fault) {
    #expect(fault(chunked: text) == expected)
  }

  @Test func boundsExtensions() {
    let long = String(repeating: "x", count: 300)
    #expect(fault(chunked: "1;\(long)") == .chunkExtensionTooLong)
    let chunk = "1;" + String(repeating: "x", count: 200) + "\r\na\r\n"
    #expect(fault(chunked: String(repeating: chunk, count: 80)) == nil)
    #expect(fault(chunked: String(repeating: chunk, count: 90)) == .chunkExtensionTooLong)
  }

  @Test func boundsTrailers() {
    let limits = HTTP1Limits(maxHeadBytes: 256, maxHeaderCount: 2)
    let long = String(repeating: "x", count: 300)
    #expect(fault(chunked: "0\r\nX: \(long)", limits: limits) == .trailersTooLarge)
    #expect(fault(chunked: "0\r\nA: 1\r\nB: 1\r\nC: 1\r\n\r\n", limits: limits) == .tooManyFields)
  }

  @Test func takesTheLargestChunkSize() throws {
    var decoder = BodyDecoder(framing: .chunked, limits: HTTP1Limits())
    let bytes = Array("7fffffffffffffff\r\nab".utf8)
    let event = try decoder.decode(bytes.span, into: Trailers())
    #expect(event == .data(skipped: 18, count: 2))
  }

  @Test func takesTheConnectionsEndOnlyWhereItEndsTheBody() throws {
    var untilClose = BodyDecoder(framing: .untilClose, limits: HTTP1Limits())
    let event = try untilClose.decode([1, 2, 3].span, into: Trailers())
    #expect(event == .data(skipped: 0, count: 3))
    #expect(!untilClose.isEnded)
    try untilClose.finish()
    #expect(untilClose.isEnded)
    for framing in [BodyFraming.length(1), .chunked] {
      var decoder = BodyDecoder(framing: framing, limits: HTTP1Limits())
      #expect(throws: HTTP1Fault.cutShort) { try decoder.finish() }
    }
    var none = BodyDecoder(framing: .none, limits: HTTP1Limits())
    try none.finish()
  }

  @Test func staysEndedAfterItsEnd() throws {
    var decoder = BodyDecoder(framing: .length(2), limits: HTTP1Limits())
    let trailers = Trailers()
    #expect(try decoder.decode([1, 2, 3].span, into: trailers) == .data(skipped: 0, count: 2))
    #expect(try decoder.decode([3].span, into: trailers) == .end(consumed: 0))
    #expect(try decoder.decode([3].span, into: trailers) == .end(consumed: 0))
  }
}
