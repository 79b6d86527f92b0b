/// Byte classes of HTTP's grammar (RFC 9110 section 5.6, RFC 5234 appendix B.1).
public enum ASCII {
  @inlinable public static var tab: UInt8 { 0x09 }
  @inlinable public static var lineFeed: UInt8 { 0x0A }
  @inlinable public static var carriageReturn: UInt8 { 0x0D }
  @inlinable public static var space: UInt8 { 0x20 }

  // One bit a byte: tchar of RFC 9110 section 5.6.2, bytes 0-63 and 64-127.
  @usableFromInline static var tokenLow: UInt64 { 0x03FF_6CFA_0000_0000 }
  @usableFromInline static var tokenHigh: UInt64 { 0x57FF_FFFF_C7FF_FFFE }

  /// A byte of a token: letters, digits and ``!#$%&'*+-.^_`|~``.
  @inlinable @inline(__always)
  public static func isToken(_ byte: UInt8) -> Bool {
    let half = byte & 0x40 == 0 ? tokenLow : tokenHigh
    return (half &>> UInt64(byte & 0x3F)) & 1 != 0 && byte < 0x80
  }

  @inlinable @inline(__always)
  public static func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 }

  @inlinable @inline(__always)
  public static func isLetter(_ byte: UInt8) -> Bool { (byte | 0x20) &- 0x61 < 26 }

  /// Space or tab: optional whitespace.
  @inlinable @inline(__always)
  public static func isBlank(_ byte: UInt8) -> Bool { byte == space || byte == tab }

  /// The worth of a hexadecimal digit of either case; nil for any other byte.
  @inlinable @inline(__always)
  public static func hexValue(_ byte: UInt8) -> UInt8? {
    if isDigit(byte) { return byte &- 0x30 }
    let letter = (byte | 0x20) &- 0x61
    return letter < 6 ? letter &+ 10 : nil
  }

  /// The upper-case hexadecimal digit of 0 to 15.
  @inlinable @inline(__always)
  public static func hexDigit(_ value: UInt8) -> UInt8 {
    value < 10 ? value &+ 0x30 : value &+ 0x37
  }

  /// A byte that stands for itself in any part of a URI (RFC 3986 section 2.3).
  @inlinable @inline(__always)
  public static func isUnreserved(_ byte: UInt8) -> Bool {
    if isLetter(byte) || isDigit(byte) { return true }
    return byte == 0x2D || byte == 0x2E || byte == 0x5F || byte == 0x7E
  }

  @inlinable @inline(__always)
  public static func lowercased(_ byte: UInt8) -> UInt8 {
    byte &- 0x41 < 26 ? byte | 0x20 : byte
  }
}

extension Span where Element == UInt8 {
  /// Same bytes, letters of either case being the same. Cost: linear.
  @inlinable
  public func equalsIgnoringCase(_ other: borrowing Span<UInt8>) -> Bool {
    guard count == other.count else { return false }
    for index in indices where ASCII.lowercased(self[index]) != ASCII.lowercased(other[index]) {
      return false
    }
    return true
  }

  /// The number these bytes spell in decimal digits and nothing else; nil when there is another
  /// byte, no byte, or the number is above `UInt64.max`.
  @inlinable
  public var decimalValue: UInt64? {
    if isEmpty { return nil }
    var value: UInt64 = 0
    for index in indices {
      let digit = UInt64(self[index] &- 0x30)
      guard digit < 10 else { return nil }
      // Nineteen digits always fit.
      if index >= 19 {
        let (product, tooBig) = value.multipliedReportingOverflow(by: 10)
        let (sum, carried) = product.addingReportingOverflow(digit)
        if tooBig || carried { return nil }
        value = sum
      } else {
        value = value &* 10 &+ digit
      }
    }
    return value
  }

  /// Where the bytes stand without blanks around them.
  @inlinable
  public var trimmedIndices: Range<Int> {
    var start = 0
    var end = count
    while start < end, ASCII.isBlank(self[start]) { start &+= 1 }
    while end > start, ASCII.isBlank(self[end &- 1]) { end &-= 1 }
    return start..<end
  }

  /// Steps through a comma-separated list (RFC 9110 section 5.6.1): where the next element that is
  /// not empty stands, without blanks around it. `position` starts at 0 and is kept by the caller.
  @inlinable
  public func nextListElement(from position: inout Int) -> Range<Int>? {
    while position < count {
      var end = position
      while end < count, self[end] != 0x2C { end &+= 1 }
      let start = position
      position = end &+ 1
      let element = extracting(start..<end).trimmedIndices
      if !element.isEmpty { return start &+ element.lowerBound..<start &+ element.upperBound }
    }
    return nil
  }

  /// Where a byte stands first; nil when it does not.
  @inlinable
  public func firstIndex(of byte: UInt8) -> Int? {
    for index in indices where self[index] == byte { return index }
    return nil
  }
}
