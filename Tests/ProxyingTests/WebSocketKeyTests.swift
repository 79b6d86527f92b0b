import Testing

@testable import Proxying

@Suite struct WebSocketKeyTests {
  private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

  @Test func theProofIsThatOfRFC6455() {
    let key = Array("dGhlIHNhbXBsZSBub25jZQ==".utf8)
    #expect(text(WebSocketKey.proof(of: key.span)) == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
  }

  @Test func aKeyIsSixteenBytesInBase64() {
    #expect(text(WebSocketKey.encode(high: 0, low: 0)) == "AAAAAAAAAAAAAAAAAAAAAA==")
    #expect(text(WebSocketKey.encode(high: .max, low: .max)) == "/////////////////////w==")
  }

  @Test(
    "SHA-1 gives the digests of FIPS 180-4's examples and of texts at a block's bounds",
    arguments: [
      ("", "da39a3ee5e6b4b0d3255bfef95601890afd80709"),
      ("abc", "a9993e364706816aba3e25717850c26c9cd0d89d"),
      (
        "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
        "84983e441c3bd26ebaae4aa1f95129e5e54670f1"
      ),
      (String(repeating: "a", count: 55), "c1c8bbdc22796e28c0e15163d20899b65621d65a"),
      (String(repeating: "a", count: 64), "0098ba824b5c16427bd7a1122a5a442a25ec644d"),
    ])
  func digests(message: String, expected: String) {
    let digest = SHA1.digest(of: Array(message.utf8)).map { byte in
      let digits = String(byte, radix: 16)
      return digits.count == 1 ? "0" + digits : digits
    }
    #expect(digest.joined() == expected)
  }
}
