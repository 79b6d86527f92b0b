import HTTP1
import HTTPModel
import Memory
import Testing

@testable import Proxying

@Suite("RequestHalf")
struct RequestHalfTests {
  private static let capacity = 4096
  private let buffers = BufferPool(bufferCapacity: capacity)

  private func head(_ text: String) throws -> RequestHead {
    let head = RequestHead()
    var decoder = RequestHeadDecoder(limits: HTTP1Limits())
    _ = try decoder.decode(Array(text.utf8).span, into: head)
    return head
  }

  private func upload(_ framing: String = "content-length: 10") throws -> RequestHead {
    try head("PUT / HTTP/1.1\r\nhost: h\r\n\(framing)\r\n\r\n")
  }

  private func encoded(_ head: RequestHead) -> RequestHalf {
    var request = RequestHalf(buffers: buffers)
    request.begin()
    request.encode(head, framed: true)
    return request
  }

  private func text(_ request: RequestHalf) -> String {
    request.buffer.text
  }

  private func send(_ request: inout RequestHalf) { request.onSent(request.buffer.count) }

  @Test func takesNoBodyBeforeItGoesSomewhere() {
    var request = RequestHalf(buffers: buffers)
    request.begin()
    #expect(!request.isSending)
    #expect(request.room == 0)
    #expect(!request.canReplay)
  }

  @Test func isSentOnceItWasReadToItsEndAndLeft() throws {
    var request = encoded(try upload())
    send(&request)
    request.onDrained()
    #expect(request.phase == .arriving)
    request.append(Array("0123456789".utf8).span)
    request.onEnd()
    request.encodeEnd(trailers: nil)
    #expect(request.phase == .whole)
    #expect(text(request) == "0123456789")
    send(&request)
    request.onDrained()
    #expect(request.phase == .sent)
  }

  @Test func chunksAreFramedAndEnded() throws {
    var request = encoded(try upload("transfer-encoding: chunked"))
    send(&request)
    request.append(Array("abc".utf8).span)
    request.onEnd()
    request.encodeEnd(trailers: nil)
    #expect(text(request) == "3\r\nabc\r\n0\r\n\r\n")
  }

  @Test func goesAgainWithAnotherHeadAndTheSameBody() throws {
    var request = encoded(try upload())
    let first = request.buffer.count
    request.append(Array("01234".utf8).span)
    request.onSent(first + 2)
    #expect(request.canReplay)
    request.encode(
      try head("PUT /again HTTP/1.1\r\nhost: h\r\ncontent-length: 10\r\n\r\n"), framed: true)
    #expect(text(request).hasPrefix("PUT /again HTTP/1.1\r\n"))
    #expect(text(request).hasSuffix("\r\n\r\n01234"))
  }

  @Test func aRequestThatWasSentIsSentToItsEndAgain() throws {
    let get = try head("GET / HTTP/1.1\r\nhost: h\r\n\r\n")
    var request = encoded(get)
    request.onEnd()
    send(&request)
    request.onDrained()
    request.encode(get, framed: true)
    #expect(request.phase == .whole)
    #expect(text(request).hasPrefix("GET / HTTP/1.1\r\n"))
  }

  @Test func doesNotGoAgainOnceRoomWasMadeBehindWhatWasSent() throws {
    var request = encoded(try upload())
    send(&request)
    request.makeRoom()
    #expect(!request.canReplay)
    #expect(request.isSending)
    #expect(request.room > Self.capacity / 2)
  }

  @Test func makingRoomTakesNothingFromWhatWasNotSent() throws {
    var request = encoded(try upload())
    let before = text(request)
    request.makeRoom()
    #expect(request.canReplay)
    #expect(text(request) == before)
  }

  @Test func doesNotGoAgainOnceTheEndpointAnswers() throws {
    var request = encoded(try upload())
    send(&request)
    request.onAnswer()
    #expect(!request.canReplay)
    request.append(Array("rest".utf8).span)
    #expect(text(request) == "rest")
  }

  @Test func withoutFramesItHoldsTheBodyAlone() throws {
    var request = RequestHalf(buffers: buffers)
    request.begin()
    request.encode(try upload("transfer-encoding: chunked"), framed: false)
    #expect(request.isSending)
    #expect(request.buffer.isEmpty)
    request.append(Array("01234".utf8).span)
    #expect(text(request) == "01234")
  }

  @Test func withoutFramesTheSameBodyGoesAgain() throws {
    var request = RequestHalf(buffers: buffers)
    request.begin()
    request.encode(try upload(), framed: false)
    request.append(Array("01234".utf8).span)
    request.onSent(2)
    #expect(text(request) == "234")
    #expect(request.canReplay)
    request.encode(try upload(), framed: false)
    #expect(text(request) == "01234")
  }

  @Test func withoutFramesTrailersAreKeptBesideTheBody() throws {
    let trailers = Trailers()
    trailers.add(.other, name: Array("x-sum".utf8).span, value: Array("7".utf8).span)
    var request = RequestHalf(buffers: buffers)
    request.begin()
    request.encode(try upload("transfer-encoding: chunked"), framed: false)
    request.append(Array("abc".utf8).span)
    request.onEnd()
    request.encodeEnd(trailers: trailers)
    trailers.clear()
    #expect(text(request) == "abc")
    #expect(request.trailers?.fieldCount == 1)
    request.end()
    #expect(request.trailers == nil)
  }

  @Test(arguments: ["content-length: 5", "transfer-encoding: chunked"])
  func gainsFramesOnceItIsKnownThatThereAreSome(framing: String) throws {
    let head = try upload(framing)
    var request = RequestHalf(buffers: buffers)
    request.begin()
    request.encode(head, framed: false)
    request.append(Array("01234".utf8).span)
    request.encode(head, framed: true)
    var framed = encoded(head)
    framed.append(Array("01234".utf8).span)
    #expect(text(request) == text(framed))
    for half in [request, framed] {
      var half = half
      half.onEnd()
      half.encodeEnd(trailers: nil)
    }
    #expect(text(request) == text(framed))
  }

  @Test func gainsFramesWithItsEndAndTrailers() throws {
    let head = try upload("transfer-encoding: chunked")
    let trailers = Trailers()
    trailers.add(.other, name: Array("x-sum".utf8).span, value: Array("7".utf8).span)
    var request = RequestHalf(buffers: buffers)
    request.begin()
    request.encode(head, framed: false)
    request.append(Array("abc".utf8).span)
    request.onEnd()
    request.encodeEnd(trailers: trailers)
    request.encode(head, framed: true)
    #expect(text(request).hasSuffix("\r\n\r\n3\r\nabc\r\n0\r\nx-sum: 7\r\n\r\n"))
    #expect(request.phase == .whole)
    #expect(request.trailers == nil)
  }

  @Test(arguments: ["content-length: 5", "transfer-encoding: chunked"])
  func losesItsFramesWhenItGoesAgainWithoutThem(framing: String) throws {
    var request = encoded(try upload(framing))
    request.append(Array("012".utf8).span)
    request.append(Array("34".utf8).span)
    request.onSent(request.buffer.count - 3)
    request.encode(try upload(framing), framed: false)
    #expect(text(request) == "01234")
    #expect(request.trailers == nil)
    #expect(request.canReplay)
  }

  @Test func trailersLetGoOfWhatWasSent() throws {
    var request = encoded(try upload("transfer-encoding: chunked"))
    send(&request)
    request.onEnd()
    request.encodeEnd(trailers: Trailers())
    #expect(!request.canReplay)
    #expect(text(request) == "0\r\n\r\n")
  }

  @Test func beginsAnewForAnotherRequest() throws {
    var request = encoded(try upload())
    request.onEnd()
    send(&request)
    request.onAnswer()
    request.end()
    request.begin()
    #expect(request.phase == .arriving)
    #expect(!request.isSending)
    request.encode(try upload(), framed: true)
    #expect(request.canReplay)
  }

  // MARK: tunnels

  @Test func whatFollowsARequestForATunnelWaitsUntilItIsOpen() throws {
    var request = RequestHalf(buffers: buffers)
    request.begin()
    request.holdBack(isEnded: false)
    request.encode(try head("GET / HTTP/1.1\r\nhost: h\r\n\r\n"), framed: true)
    request.hold(Array("early".utf8).span)
    #expect(text(request) == "GET / HTTP/1.1\r\nhost: h\r\n\r\n")
    #expect(request.unsentCount == request.buffer.count + 5)
    send(&request)
    request.onDrained()
    #expect(request.phase == .sent)
    request.reopen()
    #expect(request.phase == .arriving)
    #expect(text(request) == "early")
    request.append(Array(" and late".utf8).span)
    #expect(text(request) == "early and late")
    #expect(!request.canReplay)
  }

  @Test func anEndBehindARequestForATunnelIsKept() throws {
    var request = RequestHalf(buffers: buffers)
    request.begin()
    request.holdBack(isEnded: false)
    request.encode(try head("GET / HTTP/1.1\r\nhost: h\r\n\r\n"), framed: true)
    request.hold(Array("all".utf8).span)
    request.holdEnd()
    send(&request)
    request.onDrained()
    request.reopen()
    #expect(request.phase == .whole)
    send(&request)
    request.onDrained()
    #expect(request.phase == .sent)
  }

  @Test func whatWaitedForATunnelIsGoneWithTheExchange() throws {
    var request = RequestHalf(buffers: buffers)
    request.begin()
    request.holdBack(isEnded: false)
    request.hold(Array("early".utf8).span)
    request.end()
    request.begin()
    request.encode(try head("GET / HTTP/1.1\r\nhost: h\r\n\r\n"), framed: true)
    request.reopen()
    #expect(!text(request).contains("early"))
  }
}
