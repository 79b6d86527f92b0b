import Memory
import TLS

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
    return Array(Base64.encode(bytes).utf8)
  }

  /// What answers the key.
  static func proof(of key: borrowing Span<UInt8>) -> [UInt8] {
    var text: [UInt8] = []
    for index in key.indices { text.append(key[index]) }
    return Array(Base64.encode(SHA1.digest(of: text + suffix)).utf8)
  }
}
