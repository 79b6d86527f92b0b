import Memory

/// Paths as they are written at the end of a buffer.
extension ByteBuffer {
  private static let slash = UInt8(ascii: "/")

  /// Puts a slash before what was written from `start` on, unless it has one: what a rewrite makes is never
  /// read as more of the host before it, nor sent as a target that is none (RFC 9112 section 3.2.1).
  func beginPath(at start: Int) {
    if start < count, readable[start] == Self.slash { return }
    append(Self.slash)
    var index = count &- 1
    while index > start {
      replace(at: index, with: readable[index &- 1])
      index &-= 1
    }
    replace(at: start, with: Self.slash)
  }

  /// What was written from `start` on is a path even without a host before it. Behind two slashes a host
  /// would follow (RFC 3986 section 4.2), and browsers take a backslash for a slash.
  func isOwnPath(from start: Int) -> Bool {
    guard start < count, readable[start] == Self.slash else { return false }
    guard start &+ 1 < count else { return true }
    let second = readable[start &+ 1]
    return second != Self.slash && second != UInt8(ascii: "\\")
  }

  /// Drops what was written behind the first question mark from `start` on, and the mark.
  func dropQuery(from start: Int) {
    for index in start..<count where readable[index] == UInt8(ascii: "?") {
      return truncate(to: index)
    }
  }
}
