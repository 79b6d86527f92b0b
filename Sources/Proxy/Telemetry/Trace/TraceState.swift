import HTTPModel

/// The grammar of a `tracestate` field (Trace Context section 3.3).
enum TraceState {
  static let maxMembers = 32
  static let maxKeyBytes = 256
  static let maxValueBytes = 256

  /// How many list members stand in one field's value; nil when it breaks the grammar. Empty members
  /// are allowed and not counted.
  static func memberCount(_ field: Span<UInt8>) -> Int? {
    var members = 0
    var position = 0
    while let member = field.nextListElement(from: &position) {
      guard isMember(field.extracting(member)) else { return nil }
      members &+= 1
    }
    return members
  }

  /// `key "=" value`, with nothing around it and at least one byte.
  private static func isMember(_ member: Span<UInt8>) -> Bool {
    guard ASCII.isDigit(member[0]) || isLowercaseLetter(member[0]) else { return false }
    var position = 1
    while position < member.count, isKeyByte(member[position]) { position &+= 1 }
    guard position <= maxKeyBytes, position < member.count, member[position] == equals else {
      return false
    }
    position &+= 1
    let valueBytes = member.count &- position
    guard valueBytes > 0, valueBytes <= maxValueBytes else { return false }
    while position < member.count {
      let byte = member[position]
      guard byte >= 0x20, byte <= 0x7E, byte != equals else { return false }
      position &+= 1
    }
    return true
  }

  private static let equals = UInt8(ascii: "=")

  private static func isLowercaseLetter(_ byte: UInt8) -> Bool { byte &- 0x61 < 26 }

  /// Letters, digits, `_`, `-`, `*`, `/` and, since level 2, `@` anywhere but in front.
  private static func isKeyByte(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x61...0x7A, 0x2F...0x39, 0x5F, 0x2D, 0x2A, 0x40: true
    default: false
    }
  }
}
