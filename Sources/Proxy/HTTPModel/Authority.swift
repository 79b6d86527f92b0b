/// Host and port as HTTP takes them (RFC 9110 section 7.2, RFC 3986 section 3.2). Stricter than the
/// grammar: no empty host or port, no percent-encoding and no sub-delimiters in a name, for what
/// servers make of those differs.
public enum Authority {
  /// `host`, `host:port`, `[IPv6]` or `[IPv6]:port`, and nothing else.
  public static func isValid(_ text: borrowing Span<UInt8>, portRequired: Bool = false) -> Bool {
    guard text.count > 0 else { return false }
    let hostEnd = text[0] == 0x5B ? endOfAddress(text) : ByteScan.endOfHost(text, from: 0)
    guard hostEnd > 0 else { return false }
    if hostEnd == text.count { return !portRequired }
    guard text[hostEnd] == 0x3A, text.count &- hostEnd <= 6 else { return false }
    let port = text.extracting((hostEnd &+ 1)..<text.count).decimalValue
    return port.map { $0 <= UInt64(UInt16.max) } ?? false
  }

  /// Behind the bracket that closes an IPv6 address; 0 when it is none (RFC 3986 section 3.2.2).
  private static func endOfAddress(_ text: borrowing Span<UInt8>) -> Int {
    var close = 1
    while close < text.count, text[close] != 0x5D { close &+= 1 }
    guard close < text.count else { return 0 }
    return isIPv6(text.extracting(1..<close)) ? close &+ 1 : 0
  }

  private static func isIPv6(_ text: borrowing Span<UInt8>) -> Bool {
    var groups = 0
    var isCompressed = false
    var position = 0
    while position < text.count {
      if text[position] == 0x3A {
        guard position &+ 1 < text.count, text[position &+ 1] == 0x3A, !isCompressed
        else { return false }
        isCompressed = true
        position &+= 2
        continue
      }
      let start = position
      while position < text.count, ASCII.hexValue(text[position]) != nil { position &+= 1 }
      if position < text.count, text[position] == 0x2E {
        guard isIPv4(text.extracting(start..<text.count)) else { return false }
        groups &+= 2
        break
      }
      guard position > start, position &- start <= 4 else { return false }
      groups &+= 1
      guard skipSeparator(text, &position) else { return false }
    }
    return isCompressed ? groups < 8 : groups == 8
  }

  /// Behind a group stands its end, or one colon with another group, or the two of a compression.
  private static func skipSeparator(
    _ text: borrowing Span<UInt8>, _ position: inout Int
  ) -> Bool {
    if position == text.count { return true }
    guard text[position] == 0x3A, position &+ 1 < text.count else { return false }
    if text[position &+ 1] != 0x3A { position &+= 1 }
    return true
  }

  private static func isIPv4(_ text: borrowing Span<UInt8>) -> Bool {
    var parts = 0
    var start = 0
    for position in 0...text.count where position == text.count || text[position] == 0x2E {
      guard position > start, position &- start <= 3 else { return false }
      guard let part = text.extracting(start..<position).decimalValue, part <= 255
      else { return false }
      parts &+= 1
      start = position &+ 1
    }
    return parts == 4
  }
}
