import HTTP1
import HTTPModel
import Memory
import Testing

/// Every kept input, whole, cut at every byte, and mutated.
@Suite struct ReplayTests {
  @Test(arguments: CorpusFile.all("request"))
  func decodesARequestHoweverItIsCut(file: CorpusFile) throws {
    let whole = try #require(try decodeRequest(file.bytes))
    for cut in 0..<whole.consumed {
      #expect(try decodeRequest(file.bytes, cuts: [cut]) == whole)
    }
    #expect(try decodeRequest(file.bytes, cuts: Array(0..<file.bytes.count)) == whole)
    #expect(try decodeRequest(Array(file.bytes.prefix(whole.consumed - 1))) == nil)
  }

  @Test(arguments: CorpusFile.all("response"))
  func decodesAResponseHoweverItIsCut(file: CorpusFile) throws {
    let whole = try #require(try decodeResponse(file.bytes))
    for cut in 0..<whole.consumed {
      #expect(try decodeResponse(file.bytes, cuts: [cut]) == whole)
    }
    #expect(try decodeResponse(file.bytes, cuts: Array(0..<file.bytes.count)) == whole)
  }

  @Test(arguments: CorpusFile.all("chunked"))
  func decodesABodyHoweverItIsCut(file: CorpusFile) throws {
    let whole = try decodeBody(file.bytes)
    #expect(whole.isEnded)
    for cut in 0..<whole.consumed {
      #expect(try decodeBody(file.bytes, cuts: [cut]) == whole)
    }
    #expect(try decodeBody(file.bytes, cuts: Array(0..<file.bytes.count)) == whole)
  }

  /// A mutated request is refused or incomplete, or what we send on decodes to the same request.
  @Test(arguments: CorpusFile.all("request"))
  func sendsOnOnlyWhatDecodesTheSame(file: CorpusFile) throws {
    for bytes in mutations(of: file.bytes) {
      let head = RequestHead()
      var decoder = RequestHeadDecoder(limits: HTTP1Limits())
      guard case .head(let consumed)? = try? decoder.decode(bytes.span, into: head),
        !head.authority.isEmpty
      else { continue }
      let buffer = ByteBuffer(capacity: 1024)
      RequestHeadEncoder.encode(head, into: buffer)
      let sent = buffer.readable
      let again = try #require(try decodeRequest(sent.indices.map { sent[$0] }))
      let first = DecodedRequest(head, consumed: consumed)
      #expect(again.method == first.method)
      #expect(again.target == first.target)
      #expect(again.authority == first.authority)
      #expect(again.framing == first.framing)
      #expect(again.consumed == sent.count)
      #expect(again.forwarded.filter { !isHost($0) } == first.forwarded.filter { !isHost($0) })
    }
  }

  private func isHost(_ line: String) -> Bool { line.lowercased().hasPrefix("host: ") }

  @Test(arguments: CorpusFile.all("response"))
  func survivesMutatedResponses(file: CorpusFile) {
    for bytes in mutations(of: file.bytes) {
      for method in [HTTPMethod.get, .head, .connect] {
        let whole = try? decodeResponse(bytes, answering: method)
        let half = bytes.count / 2
        #expect((try? decodeResponse(bytes, answering: method, cuts: [half])) == whole)
      }
    }
  }

  /// A body that is refused when it comes whole never ends when it comes byte by byte: it is refused,
  /// or still waits for the end of its trailers.
  @Test(arguments: CorpusFile.all("chunked"))
  func survivesMutatedBodies(file: CorpusFile) {
    for bytes in mutations(of: file.bytes) {
      let dribbled = try? decodeBody(bytes, cuts: Array(0..<bytes.count))
      if let whole = try? decodeBody(bytes) {
        #expect(dribbled == whole)
      } else {
        #expect(dribbled?.isEnded != true)
      }
    }
  }

  @Test func hasACorpusOfEachKind() {
    for kind in ["request", "response", "chunked"] { #expect(CorpusFile.all(kind).count >= 5) }
  }

  /// A head of 60 kB that comes byte by byte is looked at in linear time: quadratic time would be
  /// two thousand million steps.
  @Test(.timeLimit(.minutes(1)))
  func takesADribbledHeadInLinearTime() throws {
    let value = String(repeating: "v", count: 50_000)
    let bytes = Array("GET / HTTP/1.1\r\nHost: a\r\nX: \(value)\r\n\r\n".utf8)
    let request = try #require(try decodeRequest(bytes, cuts: Array(0..<bytes.count)))
    #expect(request.consumed == bytes.count)
  }
}
