import GRPC
import Memory
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

struct GRPCStatusTests {
  @Test func readsTrailers() {
    #expect(GRPCStatus(trailer: "14") == .unavailable)
    #expect(GRPCStatus(trailer: "99") == .unknown)
    #expect(GRPCStatus(trailer: "x") == nil)
    #expect(GRPCStatus.unavailable.name == "UNAVAILABLE")
    #expect(GRPCStatus.allCases.count == 17)
  }

  @Test func decodesMessageText() {
    #expect(GRPCMessageText.decode("50%25 of na%C3%AFve%0A") == "50% of naïve\n")
    #expect(GRPCMessageText.decode("a%zz%4") == "a%zz%4")
    #expect(GRPCMessageText.decode("%41%4a%4A") == "AJJ")
  }

  @Test func aLongMessageIsCutBetweenCharacters() {
    for (text, count) in [("a", 4096), ("ü", 682), ("€", 455)] {
      let output = ByteBuffer(capacity: 16)
      GRPCMessageText.encode(Array(String(repeating: text, count: 5000).utf8).span, into: output)
      let encoded = String(decoding: Array(output), as: UTF8.self)
      #expect(GRPCMessageText.decode(encoded) == String(repeating: text, count: count))
    }
  }
}
