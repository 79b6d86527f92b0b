import Memory

/// The `grpc-message` trailer: UTF-8 text, percent-encoded.
/// Source: gRPC over HTTP2, Percent-Encoded.
public enum GRPCMessageText {
  /// Never fails: what is no escape stays as it is, as the standard asks.
  public static func decode(_ text: String) -> String {
    let source = Array(text.utf8)
    var bytes: [UInt8] = []
    var index = 0
    while index < source.count {
      if source[index] == 0x25, index + 2 < source.count, let high = nibble(source[index + 1]),
        let low = nibble(source[index + 2])
      {
        bytes.append(high << 4 | low)
        index += 3
      } else {
        bytes.append(source[index])
        index += 1
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Bytes of the encoded form that are written at most: clients take heads of 8 KiB.
  public static let maxBytes = 4096

  /// Appends the text with what is not plain ASCII as `%XX`; of a long one only as many whole characters as
  /// fit.
  public static func encode(_ text: borrowing Span<UInt8>, into output: ByteBuffer) {
    let start = output.count
    var characterStart = start
    for index in text.indices {
      let byte = text[index]
      if byte & 0xC0 != 0x80 { characterStart = output.count }
      let isPlain = byte >= 0x20 && byte < 0x7F && byte != 0x25
      if output.count - start + (isPlain ? 1 : 3) > maxBytes {
        return output.truncate(to: characterStart)
      }
      if isPlain {
        output.append(byte)
      } else {
        output.append(0x25)
        output.append(digit(byte >> 4))
        output.append(digit(byte & 15))
      }
    }
  }

  private static func digit(_ nibble: UInt8) -> UInt8 {
    nibble < 10 ? nibble + 0x30 : nibble + 0x37
  }

  private static func nibble(_ digit: UInt8) -> UInt8? {
    switch digit {
    case 0x30...0x39: digit - 0x30
    case 0x41...0x46: digit - 0x37
    case 0x61...0x66: digit - 0x57
    default: nil
    }
  }
}
