import Memory
import Testing

/// Every way to cut bytes in two, and all of them one by one.
private func cuts(_ bytes: [UInt8]) -> [[[UInt8]]] {
  (0...bytes.count).map { [Array(bytes[..<$0]), Array(bytes[$0...])] } + [bytes.map { [$0] }]
}

@Suite struct Base64Tests {
  @Test(
    "the examples of RFC 4648 section 10 are read and written",
    arguments: [
      ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="),
      ("fooba", "Zm9vYmE="), ("foobar", "Zm9vYmFy"),
    ])
  func examples(bytes: String, text: String) {
    #expect(Base64.encode(Array(bytes.utf8)) == text)
    #expect(Base64.decode(text) == Array(bytes.utf8))
    #expect(Base64.decode(text.filter { $0 != "=" }) == Array(bytes.utf8))
  }

  @Test(
    "what is no base64 is not read",
    arguments: [
      "A", "A===", "AA=A", "AA A", "=", "Zm9v\n", "Zg==Zg==", "Zg==Zg", "Zh==", "Zm9vZm9",
    ])
  func isNoBase64(text: String) { #expect(Base64.decode(text) == nil) }

  @Test func bothAlphabetsAreRead() {
    #expect(Base64.decode("+/+/") == [0xFB, 0xFF, 0xBF])
    #expect(Base64.decode("-_-_") == [0xFB, 0xFF, 0xBF])
  }

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
}
