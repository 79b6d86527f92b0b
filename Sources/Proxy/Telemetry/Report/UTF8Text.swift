import HTTPModel
import Memory

/// Bytes from the wire become text: what is not UTF-8 is replaced.
enum UTF8Text {
  /// Whether all bytes are below 0x80.
  static func isASCII(_ text: Span<UInt8>) -> Bool {
    var offset = 0
    while offset &+ 8 <= text.count {
      if text.word(at: offset) & 0x8080_8080_8080_8080 != 0 { return false }
      offset &+= 8
    }
    while offset < text.count {
      if text[offset] >= 0x80 { return false }
      offset &+= 1
    }
    return true
  }

  /// Length of the well-formed character at `offset`; 0: the byte there begins none
  /// (Unicode table 3-7).
  static func characterCount(_ text: Span<UInt8>, at offset: Int) -> Int {
    let first = text[offset]
    func continues(_ distance: Int, from low: UInt8 = 0x80, to high: UInt8 = 0xBF) -> Bool {
      let index = offset &+ distance
      return index < text.count && text[index] >= low && text[index] <= high
    }
    switch first {
    case 0..<0x80: return 1
    case 0xC2...0xDF: return continues(1) ? 2 : 0
    case 0xE0: return continues(1, from: 0xA0) && continues(2) ? 3 : 0
    case 0xED: return continues(1, to: 0x9F) && continues(2) ? 3 : 0
    case 0xE1...0xEF: return continues(1) && continues(2) ? 3 : 0
    case 0xF0: return continues(1, from: 0x90) && continues(2) && continues(3) ? 4 : 0
    case 0xF1...0xF3: return continues(1) && continues(2) && continues(3) ? 4 : 0
    case 0xF4: return continues(1, to: 0x8F) && continues(2) && continues(3) ? 4 : 0
    default: return 0
    }
  }
}

extension ByteBuffer {
  /// U+FFFD, for a byte that belongs to no character.
  func appendReplacementCharacter() {
    append(0xEF as UInt8)
    append(0xBF as UInt8)
    append(0xBD as UInt8)
  }

  /// Appends text as well-formed UTF-8.
  func append(repaired text: Span<UInt8>) {
    if UTF8Text.isASCII(text) {
      append(text)
      return
    }
    var offset = 0
    while offset < text.count {
      let count = UTF8Text.characterCount(text, at: offset)
      if count == 0 {
        appendReplacementCharacter()
      } else {
        append(text.extracting(offset..<(offset &+ count)))
      }
      offset &+= max(1, count)
    }
  }
}
