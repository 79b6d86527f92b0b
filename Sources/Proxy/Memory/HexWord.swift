/// Eight lower-case hexadecimal digits at a time, as bytes of one word, the first digit lowest.
public enum HexWord {
  @usableFromInline static var each: UInt64 { 0x0101_0101_0101_0101 }

  /// The 32 bits that eight digits spell; nil when one of the bytes is no lower-case digit.
  @inlinable @inline(__always)
  public static func decode(_ text: UInt64) -> UInt64? {
    let isLetter = (text &>> 6) & each
    let digits = (text & (each &* 0x0F)) &+ isLetter &* 9
    guard digits & (each &* 0xF0) == 0, spell(digits) == text else { return nil }
    var value = digits.byteSwapped
    value = (value | value &>> 4) & 0x00FF_00FF_00FF_00FF
    value = (value | value &>> 8) & 0x0000_FFFF_0000_FFFF
    return (value | value &>> 16) & 0xFFFF_FFFF
  }

  /// The digits of the low 32 bits of `value`.
  @inlinable @inline(__always)
  public static func encode(_ value: UInt64) -> UInt64 {
    var digits = value & 0xFFFF_FFFF
    digits = (digits | digits &<< 16) & 0x0000_FFFF_0000_FFFF
    digits = (digits | digits &<< 8) & 0x00FF_00FF_00FF_00FF
    digits = (digits | digits &<< 4) & (each &* 0x0F)
    return spell(digits.byteSwapped)
  }

  /// Bytes of 0 to 15 become digits: those above 9 are carried into the high half by 6.
  @inlinable @inline(__always)
  static func spell(_ digits: UInt64) -> UInt64 {
    let isLetter = ((digits &+ each &* 6) &>> 4) & each
    return digits &+ each &* 0x30 &+ isLetter &* 0x27
  }
}

extension ByteBuffer {
  /// Appends `value` in lower-case hexadecimal without leading zeros.
  public func append(hex value: UInt64) {
    append(hex: value, digits: max(1, (67 &- value.leadingZeroBitCount) / 4))
  }

  /// Appends the low `digits` hexadecimal digits of `value`, lower case, zeros included (1 to 16).
  @inlinable @inline(__always)
  public func append(hex value: UInt64, digits: Int) {
    if digits > 8 { append(low: digits &- 8, of: HexWord.encode(value &>> 32)) }
    append(low: min(digits, 8), of: HexWord.encode(value))
  }

  /// Appends 128 bits as a UUID is written (RFC 9562 section 4).
  @inlinable @inline(__always)
  public func append(uuid high: UInt64, _ rest: UInt64) {
    let (first, second) = (HexWord.encode(high &>> 32), HexWord.encode(high))
    let (third, fourth) = (HexWord.encode(rest &>> 32), HexWord.encode(rest))
    let hyphen: UInt64 = 0x2D
    append(littleEndian: first)
    let low: UInt64 = 0xFFFF_FFFF
    append(littleEndian: hyphen | (second & low) &<< 8 | hyphen &<< 40 | (second &>> 32) &<< 48)
    append(littleEndian: second &>> 48 | hyphen &<< 16 | (third & low) &<< 24 | hyphen &<< 56)
    append(littleEndian: third &>> 32 | fourth &<< 32)
    append(littleEndian: fourth &>> 32, count: 4)
  }

  /// Appends the last `count` of eight digits.
  @inlinable @inline(__always)
  func append(low count: Int, of digits: UInt64) {
    append(littleEndian: digits &>> UInt64(64 &- count &* 8), count: count)
  }
}
