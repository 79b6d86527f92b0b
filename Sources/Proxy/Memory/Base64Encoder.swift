/// Encodes bytes as base64 however they are cut (RFC 4648 section 4). Up to two bytes wait for those
/// behind them, or for `finish`. A value.
public struct Base64Encoder: Sendable {
  /// The bytes that wait, the last one lowest.
  private var bits: UInt32 = 0
  private var count = 0

  public init() {}

  public mutating func encode(_ bytes: borrowing Span<UInt8>, into output: ByteBuffer) {
    for index in bytes.indices {
      bits = bits << 8 | UInt32(bytes[index])
      count += 1
      if count == 3 {
        Self.append(bits, digits: 4, output)
        bits = 0
        count = 0
      }
    }
  }

  /// Writes the bytes that wait, with padding. What is encoded next is another text.
  public mutating func finish(into output: ByteBuffer) {
    if count > 0 { Self.append(bits << UInt32(8 * (3 - count)), digits: count + 1, output) }
    bits = 0
    count = 0
  }

  /// Writes four characters for 24 bits, those behind `digits` as padding.
  private static func append(_ bits: UInt32, digits: Int, _ output: ByteBuffer) {
    var text: UInt64 = 0
    for position in 0..<4 {
      let digit = UInt8(truncatingIfNeeded: bits >> UInt32(18 - 6 * position) & 63)
      let character = position < digits ? character(digit) : UInt8(ascii: "=")
      text |= UInt64(character) << UInt64(8 * position)
    }
    output.append(littleEndian: text, count: 4)
  }

  private static func character(_ digit: UInt8) -> UInt8 {
    switch digit {
    case 0..<26: digit + 65
    case 26..<52: digit + 71
    case 52..<62: digit - 4
    case 62: UInt8(ascii: "+")
    default: UInt8(ascii: "/")
    }
  }
}
