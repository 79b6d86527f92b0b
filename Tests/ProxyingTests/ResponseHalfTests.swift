import HTTP1
import HTTPModel
import Memory
import Testing

@testable import Proxying

@Suite("ResponseHalf")
struct ResponseHalfTests {
  private static let capacity = 4096

  private func request(_ method: HTTPMethod = .get, _ version: HTTPVersion = .http11) -> RequestHead
  {
    let head = RequestHead()
    head.method = method
    head.version = version
    return head
  }

  private func response(_ framing: BodyFraming, status: Int = 200) -> ResponseHead {
    let head = ResponseHead()
    head.status = status
    head.framing = framing
    return head
  }

  private func encode(
    _ half: inout ResponseHalf, _ head: ResponseHead, answering request: RequestHead
  ) -> BodyFraming {
    half.encode(head, answering: request, keepsAlive: true, names: .received)
  }

  private func text(_ half: ResponseHalf) -> String {
    half.buffer.text
  }

  @Test func goesFromNothingToItsEnd() {
    var half = ResponseHalf(capacity: Self.capacity)
    half.begin()
    #expect(half.phase == .none)
    let framing = encode(&half, response(.chunked), answering: request())
    #expect(framing == .chunked)
    #expect(half.phase == .encoded)
    half.onSent(half.buffer.count)
    #expect(half.phase == .onWire)
    half.append(Array("abc".utf8).span)
    half.encodeEnd(trailers: nil)
    #expect(half.phase == .ended)
    #expect(text(half) == "3\r\nabc\r\n0\r\n\r\n")
  }

  @Test func canBeWithdrawnWhileNoneOfItWasSent() {
    var half = ResponseHalf(capacity: Self.capacity)
    half.begin()
    _ = encode(&half, response(.length(3)), answering: request())
    half.append(Array("ab".utf8).span)
    let isWithdrawn = half.withdraw()
    #expect(isWithdrawn)
    #expect(half.phase == .none)
    #expect(half.buffer.isEmpty)
    _ = encode(&half, response(.length(0), status: 502), answering: request())
    #expect(text(half).hasPrefix("HTTP/1.1 502 "))
  }

  @Test func cannotBeWithdrawnOnceSomeWasSent() {
    var half = ResponseHalf(capacity: Self.capacity)
    half.begin()
    _ = encode(&half, response(.length(3)), answering: request())
    half.onSent(1)
    let left = text(half)
    let isWithdrawn = half.withdraw()
    #expect(!isWithdrawn)
    #expect(text(half) == left)
  }

  /// The client may have seen the interim response already, or part of it.
  @Test func cannotBeWithdrawnBehindAnInterimResponse() {
    var half = ResponseHalf(capacity: Self.capacity)
    half.begin()
    half.encodeInterim(response(.none, status: 103), names: .received)
    #expect(half.phase == .none)
    _ = encode(&half, response(.length(0)), answering: request())
    #expect(half.phase == .onWire)
    let isWithdrawn = half.withdraw()
    #expect(!isWithdrawn)
  }

  @Test func anOldClientsBodyEndsWithTheConnection() {
    var half = ResponseHalf(capacity: Self.capacity)
    half.begin()
    let framing = encode(&half, response(.chunked), answering: request(.get, .http10))
    #expect(framing == .untilClose)
    half.onSent(half.buffer.count)
    half.append(Array("abc".utf8).span)
    half.encodeEnd(trailers: nil)
    #expect(text(half) == "abc")
  }

  @Test func withoutFramesItIsTakenBackUntilTheHeadIsSent() {
    var half = ResponseHalf(capacity: Self.capacity)
    half.begin()
    half.encodeUnframed(.chunked)
    half.append(Array("abc".utf8).span)
    #expect(text(half) == "abc")
    let isWithdrawn = half.withdraw()
    #expect(isWithdrawn)
    #expect(half.buffer.isEmpty)
    half.encodeUnframed(.chunked)
    half.onHeadSent()
    let isWithdrawnLate = half.withdraw()
    #expect(!isWithdrawnLate)
  }

  @Test func aSmallBodyGetsASmallBufferWithRoom() {
    for framing in [BodyFraming.none, .length(900), .length(1500), .chunked] {
      var half = ResponseHalf(capacity: Self.capacity)
      half.begin()
      half.encodeUnframed(framing)
      let room = half.room()
      let isSmall = framing == .none || framing == .length(900)
      #expect(room > 0)
      #expect((half.buffer.capacity < Self.capacity) == isSmall)
    }
  }

  @Test func tellsWhenTheClientTakesNothingOfWhatWaits() {
    var half = ResponseHalf(capacity: Self.capacity)
    half.begin()
    half.encodeUnframed(.chunked)
    half.onHeadSent()
    // Nothing waits.
    #expect(looks(&half, 0) == [false, false])
    half.append(Array("abcd".utf8).span)
    #expect(looks(&half, 4) == [false, true])
    half.onSent(1)
    #expect(looks(&half, 4) == [false, true])
    half.onSent(3)
    #expect(looks(&half, 4) == [false, false])
    // The end waits.
    half.encodeEnd(trailers: nil)
    #expect(looks(&half, 4) == [false, true])
  }

  private func looks(_ half: inout ResponseHalf, _ given: UInt64) -> [Bool] {
    [half.markUnread(given: given), half.markUnread(given: given)]
  }

  @Test func withoutFramesTheEndAddsNothingToTheBody() {
    var half = ResponseHalf(capacity: Self.capacity)
    half.begin()
    _ = encode(&half, response(.chunked), answering: request())
    half.end()
    half.begin()
    half.encodeUnframed(.chunked)
    half.append(Array("abc".utf8).span)
    half.encodeEnd(trailers: nil)
    #expect(text(half) == "abc")
    #expect(half.phase == .ended)
  }

  @Test func saysNoRoomBeforeItWouldGrow() {
    var half = ResponseHalf(capacity: Self.capacity)
    half.begin()
    _ = encode(&half, response(.chunked), answering: request())
    let piece = [UInt8](repeating: 0x61, count: 100)
    while true {
      let room = half.room()
      if room == 0 { break }
      half.append(piece.span.extracting(0..<min(100, room)))
    }
    half.encodeEnd(trailers: nil)
    #expect(half.buffer.capacity == Self.capacity)
    half.onSent(half.buffer.count)
    let room = half.room()
    #expect(room > 0)
  }
}

extension ByteBuffer {
  /// What is readable.
  var text: String {
    var bytes: [UInt8] = []
    for index in readable.indices { bytes.append(readable[index]) }
    return String(decoding: bytes, as: UTF8.self)
  }
}
