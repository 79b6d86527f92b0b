import HTTPModel
import Memory

/// The text as it stands inside a JSON string.
public func escapedJSON(_ text: String) -> [UInt8] { JSONText.escaped(text) }

/// Text inside a JSON string (RFC 8259 section 7).
enum JSONText {
  /// Whether all bytes stand for themselves: printable ASCII but quote and backslash.
  static func isPlain(_ text: Span<UInt8>) -> Bool {
    var offset = 0
    while offset &+ 8 <= text.count {
      if hasSpecial(text.word(at: offset)) { return false }
      offset &+= 8
    }
    while offset < text.count {
      let byte = text[offset]
      if byte < 0x20 || byte >= 0x7F || byte == 0x22 || byte == 0x5C { return false }
      offset &+= 1
    }
    return true
  }

  /// Whether one of eight bytes is a control, a quote, a backslash or beyond ASCII. It may also say so
  /// of bytes that are none; the caller then looks at each.
  @inline(__always)
  private static func hasSpecial(_ word: UInt64) -> Bool {
    let each: UInt64 = 0x0101_0101_0101_0101
    let high = each &* 0x80
    let controls = word &- each &* 0x20
    let quotes = (word ^ each &* 0x22) &- each
    let backslashes = (word ^ each &* 0x5C) &- each
    return (controls | quotes | backslashes | word | (word &+ each)) & high != 0
  }

  /// A configured text, escaped.
  static func escaped(_ text: String) -> [UInt8] {
    let bytes = ByteBuffer(capacity: 64)
    bytes.append(json: Array(text.utf8).span)
    return [UInt8](copying: bytes.readable)
  }
}

extension ByteBuffer {
  /// Appends text as it stands inside a JSON string; bytes that are not UTF-8 become U+FFFD.
  func append(json text: Span<UInt8>) {
    if JSONText.isPlain(text) {
      append(text)
      return
    }
    var offset = 0
    while offset < text.count {
      let byte = text[offset]
      let count = UTF8Text.characterCount(text, at: offset)
      if count > 1 {
        append(text.extracting(offset..<(offset &+ count)))
      } else if count == 0 {
        appendReplacementCharacter()
      } else {
        append(jsonCharacter: byte)
      }
      offset &+= max(1, count)
    }
  }

  private func append(jsonCharacter byte: UInt8) {
    switch byte {
    case 0x22: append("\\\"" as StaticString)
    case 0x5C: append("\\\\" as StaticString)
    case 0x0A: append("\\n" as StaticString)
    case 0x0D: append("\\r" as StaticString)
    case 0x09: append("\\t" as StaticString)
    case 0..<0x20, 0x7F:
      append("\\u00" as StaticString)
      append(hex: UInt64(byte), digits: 2)
    default: append(byte)
    }
  }
}
