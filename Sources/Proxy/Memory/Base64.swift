/// Base64 (RFC 4648 section 4), of bytes that are all there; `Base64Encoder` and `Base64Decoder` take them
/// piece by piece.
public enum Base64 {
  public static func encode(_ bytes: [UInt8]) -> String {
    var encoder = Base64Encoder()
    let text = ByteBuffer(capacity: (bytes.count + 2) / 3 * 4)
    encoder.encode(bytes.span, into: text)
    encoder.finish(into: text)
    return String(decoding: [UInt8](text), as: UTF8.self)
  }

  /// Reads either alphabet (section 5), padded or not; nil: it is none.
  public static func decode(_ text: String) -> [UInt8]? {
    var digits = text.utf8.map { byte in
      switch byte {
      case UInt8(ascii: "-"): UInt8(ascii: "+")
      case UInt8(ascii: "_"): UInt8(ascii: "/")
      default: byte
      }
    }
    while digits.count % 4 > 0 { digits.append(UInt8(ascii: "=")) }
    // A text begins behind padding, but this is only one.
    guard !digits.dropLast(2).contains(UInt8(ascii: "=")) else { return nil }
    var decoder = Base64Decoder()
    let bytes = ByteBuffer(capacity: digits.count / 4 * 3)
    do throws(Base64Fault) { try decoder.decode(digits.span, into: bytes) } catch { return nil }
    return [UInt8](bytes)
  }
}
