import GRPC
import Testing

struct GRPCMessageDecoderTests {
  @Test func givesWholeMessagesHoweverTheBytesAreCut() throws {
    let messages: [[UInt8]] = [[1, 2, 3], [], Array(repeating: 9, count: 700)]
    let stream = messages.flatMap { GRPCMessageDecoder.encode($0) }
    for size in 1...stream.count {
      var decoder = GRPCMessageDecoder()
      var decoded: [[UInt8]] = []
      for start in stride(from: 0, to: stream.count, by: size) {
        decoded += try decoder.decode(Array(stream[start..<min(start + size, stream.count)]))
      }
      #expect(decoded == messages)
      #expect(!decoder.isMidMessage)
    }
  }

  @Test func knowsThatAMessageIsCut() throws {
    var decoder = GRPCMessageDecoder()
    #expect(try decoder.decode([0, 0, 0, 0, 4, 1, 2]).isEmpty)
    #expect(decoder.isMidMessage)
  }

  @Test func refusesCompressionUnknownFlagsAndLargeClaims() {
    var decoder = GRPCMessageDecoder(maxMessageBytes: 16)
    #expect(throws: GRPCFault.compressedMessage) { try decoder.decode([1, 0, 0, 0, 1, 7]) }
    decoder = GRPCMessageDecoder(maxMessageBytes: 16)
    #expect(throws: GRPCFault.unknownFlag(4)) { try decoder.decode([4, 0, 0, 0, 1, 7]) }
    decoder = GRPCMessageDecoder(maxMessageBytes: 16)
    #expect(throws: GRPCFault.messageTooLarge(byteCount: 17, limit: 16)) {
      try decoder.decode([0, 0, 0, 0, 17])
    }
    decoder = GRPCMessageDecoder(maxMessageBytes: 16)
    #expect(throws: Never.self) { try decoder.decode([0, 0, 0, 0, 16]) }
  }
}

struct GRPCTimeoutTests {
  @Test(arguments: [
    (Duration.seconds(1), "1000000u"), (.milliseconds(99), "99000000n"),
    (.seconds(100), "100000m"), (.nanoseconds(1), "1n"), (.zero, "0n"), (.seconds(-4), "0n"),
    (.seconds(100_000), "100000S"), (.seconds(600_000_000), "10000000M"),
    (.seconds(6_000_000_001), "1666667H"), (.seconds(1_000_000_000_000_000), "99999999H"),
    (.nanoseconds(100_000_001), "100001u"),
  ])
  func encodesTheFinestUnitThatFitsRoundedUp(timeout: Duration, text: String) {
    #expect(GRPCTimeout.encode(timeout) == text)
  }

  @Test func decodesEveryUnit() {
    #expect(GRPCTimeout.decode("2H") == .seconds(7200))
    #expect(GRPCTimeout.decode("2M") == .seconds(120))
    #expect(GRPCTimeout.decode("2S") == .seconds(2))
    #expect(GRPCTimeout.decode("2m") == .milliseconds(2))
    #expect(GRPCTimeout.decode("2u") == .microseconds(2))
    #expect(GRPCTimeout.decode("2n") == .nanoseconds(2))
  }

  @Test(arguments: ["", "S", "1", "123456789S", "-1S", "+1S", "1.5S", "1s", " 1S", "1S "])
  func refusesWhatTheGrammarDoesNotAllow(text: String) {
    #expect(GRPCTimeout.decode(text) == nil)
  }
}

struct GRPCStatusTests {
  @Test func readsTrailers() {
    #expect(GRPCStatus(trailer: "14") == .unavailable)
    #expect(GRPCStatus(trailer: "99") == .unknown)
    #expect(GRPCStatus(trailer: "x") == nil)
    #expect(GRPCStatus.unavailable.name == "UNAVAILABLE")
    #expect(GRPCStatus.allCases.count == 17)
  }

  @Test func roundTripsMessageText() {
    let text = "50% of naïve\n"
    let encoded = GRPCMessageText.encode(text)
    #expect(encoded == "50%25 of na%C3%AFve%0A")
    #expect(GRPCMessageText.decode(encoded) == text)
    #expect(GRPCMessageText.decode("a%zz%4") == "a%zz%4")
    #expect(GRPCMessageText.decode("%41%4a%4A") == "AJJ")
  }
}
