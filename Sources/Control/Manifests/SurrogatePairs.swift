/// JSON's `\ud83d\ude00`: one character written as two escapes, which YAML does not have.
enum SurrogatePairs {
  /// Replaces each escaped pair by its character, and leaves all else as it is.
  static func joined(in text: String) -> String {
    guard text.contains("\\ud") || text.contains("\\uD") else { return text }
    var joined: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let byte = rest.first {
      if let scalar = pair(at: rest) {
        joined += Array(String(scalar).utf8)
        rest = rest.dropFirst(12)
      } else if byte == backslash {
        joined += rest.prefix(2)
        rest = rest.dropFirst(2)
      } else {
        joined.append(byte)
        rest = rest.dropFirst()
      }
    }
    return String(decoding: joined, as: UTF8.self)
  }

  private static let backslash = UInt8(ascii: "\\")

  private static func pair(at bytes: ArraySlice<UInt8>) -> Unicode.Scalar? {
    guard let high = escape(at: bytes), (0xD800..<0xDC00).contains(high),
      let low = escape(at: bytes.dropFirst(6)), (0xDC00..<0xE000).contains(low)
    else { return nil }
    return Unicode.Scalar(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00))
  }

  /// The value of a `\uXXXX` that begins the slice.
  private static func escape(at bytes: ArraySlice<UInt8>) -> UInt32? {
    guard bytes.count >= 6, bytes.first == backslash,
      bytes[bytes.startIndex + 1] == UInt8(ascii: "u")
    else { return nil }
    return UInt32(String(decoding: bytes.dropFirst(2).prefix(4), as: UTF8.self), radix: 16)
  }
}
