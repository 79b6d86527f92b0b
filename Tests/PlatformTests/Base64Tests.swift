import Testing

@testable import Platform

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
  }

  @Test("what is no base64 is not read", arguments: ["A", "A===", "AA=A", "AA A", "=", "Zm9v\n"])
  func refused(text: String) { #expect(Base64.decode(text) == nil) }

  @Test func bothAlphabetsAreRead() {
    #expect(Base64.decode("+/+/") == [0xFB, 0xFF, 0xBF])
    #expect(Base64.decode("-_-_") == [0xFB, 0xFF, 0xBF])
  }
}
