import HTTPModel

/// What may stand in a header. Source: RFC 9110, sections 5.1 and 5.5.
public enum HeaderText {
  /// A token (RFC 9110 section 5.6.2) short enough for a head's field table.
  public static func isName(_ name: String) -> Bool {
    !name.isEmpty && name.utf8.count <= 1024 && name.utf8.allSatisfy { ASCII.isToken($0) }
  }

  /// No control character but the tab.
  public static func isValue(_ value: String) -> Bool {
    value.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }
  }

  /// No control character, space or byte outside ASCII: what a request line or an authority may hold.
  public static func isVisible(_ text: String) -> Bool {
    text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
  }

  /// A scheme (RFC 3986 section 3.1).
  public static func isScheme(_ text: String) -> Bool {
    guard let first = text.utf8.first, isLetter(first) else { return false }
    return text.utf8.allSatisfy {
      isLetter($0) || (0x30...0x39).contains($0) || "+-.".utf8.contains($0)
    }
  }

  private static func isLetter(_ byte: UInt8) -> Bool { (0x61...0x7A).contains(byte | 0x20) }
}
