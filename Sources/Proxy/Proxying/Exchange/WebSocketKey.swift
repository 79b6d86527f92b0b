/// The key of a WebSocket's opening handshake, and the proof that it was read (RFC 6455 section 1.3).
enum WebSocketKey {
  static let name = Array("sec-websocket-key".utf8)
  static let acceptName = Array("sec-websocket-accept".utf8)
  private static let suffix = Array("258EAFA5-E914-47DA-95CA-C5AB0DC85B11".utf8)

  /// A key of 128 random bits.
  static func encode(high: UInt64, low: UInt64) -> [UInt8] {
    let bytes = [high, low].flatMap { word in
      (0..<8).map { UInt8(truncatingIfNeeded: word >> ($0 * 8)) }
    }
    return base64(bytes)
  }

  /// What answers the key.
  static func proof(of key: borrowing Span<UInt8>) -> [UInt8] {
    var text: [UInt8] = []
    for index in key.indices { text.append(key[index]) }
    return base64(SHA1.digest(of: text + suffix))
  }

  /// RFC 4648 section 4.
  private static func base64(_ bytes: [UInt8]) -> [UInt8] {
    let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    var text: [UInt8] = []
    for start in stride(from: 0, to: bytes.count, by: 3) {
      let group = (0..<3).map { start + $0 < bytes.count ? UInt32(bytes[start + $0]) : 0 }
      let word = group[0] << 16 | group[1] << 8 | group[2]
      let count = min(bytes.count - start, 3) + 1
      for position in 0..<4 {
        let digit = digits[Int(word >> (18 - UInt32(position) * 6) & 63)]
        text.append(position < count ? digit : UInt8(ascii: "="))
      }
    }
    return text
  }
}
