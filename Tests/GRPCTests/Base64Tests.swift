import Memory
import Testing

@testable import GRPC

@Suite struct Base64Tests {
  private func decode(_ pieces: [[UInt8]]) -> Result<[UInt8], Base64Fault> {
    var decoder = Base64Decoder()
    let output = ByteBuffer(capacity: 16)
    do throws(Base64Fault) {
      for piece in pieces {
        let before = output.count
        try decoder.decode(piece.span, into: output)
        #expect(output.count - before <= piece.count)
      }
      try decoder.end()
      return .success([UInt8](output))
    } catch { return .failure(error) }
  }

  @Test(
    "texts are decoded, the same however they are cut",
    arguments: [
      ("", ""), ("Zg==", "f"), ("Zm8=", "fo"), ("Zm9v", "foo"), ("Zm9vYg==", "foob"),
      ("Zm9vYmFy", "foobar"), ("Zg==Zm8=Zm9v", "ffofoo"), ("+/+/", "\u{FB}\u{FF}\u{BF}"),
    ])
  func decodes(_ text: String, _ expected: String) {
    let bytes = expected.unicodeScalars.map { UInt8($0.value) }
    for pieces in cuts(Array(text.utf8)) { #expect(decode(pieces) == .success(bytes)) }
  }

  @Test(
    "what is no base64 is refused, however it is cut",
    arguments: [
      "=", "A=", "A===", "====", "Zh==", "Zm9=", "Zg=A", "Zg==\n", "Zm 9", "Zm9-", "Zm9_", "Zm\0v",
      "Zm8==", "\u{80}AAA",
    ])
  func refuses(_ text: String) {
    for pieces in cuts(Array(text.utf8)) { #expect(decode(pieces) == .failure(.invalid)) }
  }

  @Test("a text that ends within a group is cut off", arguments: ["Z", "Zg", "Zg=", "Zm9vY"])
  func isIncomplete(_ text: String) {
    for pieces in cuts(Array(text.utf8)) { #expect(decode(pieces) == .failure(.incomplete)) }
  }

  @Test func encodesWhatIsDecodedAgain() {
    for count in 0..<40 {
      let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 * 37 + 200) }
      for pieces in cuts(bytes) {
        var encoder = Base64Encoder()
        let text = ByteBuffer(capacity: 16)
        for piece in pieces { encoder.encode(piece.span, into: text) }
        encoder.finish(into: text)
        #expect(text.count == (count + 2) / 3 * 4)
        #expect(decode([[UInt8](text)]) == .success(bytes))
      }
    }
  }

  @Test func encodesAsTheStandardShows() {
    for (bytes, text) in [("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")] {
      var encoder = Base64Encoder()
      let output = ByteBuffer(capacity: 16)
      encoder.encode(Array(bytes.utf8).span, into: output)
      encoder.finish(into: output)
      #expect(output.text == text)
    }
  }
}
