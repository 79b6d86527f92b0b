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
}
