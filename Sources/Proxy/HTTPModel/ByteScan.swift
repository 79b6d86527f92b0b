/// Finds the first byte that does not belong, eight bytes a step. Within one word the lowest flag is
/// exact: borrows and carries only disturb the bytes above it.
public enum ByteScan {
  @inlinable static var ones: UInt64 { 0x0101_0101_0101_0101 }
  @inlinable static var tops: UInt64 { 0x8080_8080_8080_8080 }

  /// Flags each byte equal to `byte`.
  @inlinable @inline(__always)
  static func flagEqual(_ word: UInt64, _ byte: UInt8) -> UInt64 {
    let difference = word ^ (ones &* UInt64(byte))
    return (difference &- ones) & ~difference & tops
  }

  /// Flags each byte equal to `byte`, which is below 0x80, and no other.
  @inlinable @inline(__always)
  static func flagExactly(_ word: UInt64, _ byte: UInt8) -> UInt64 {
    let difference = (word & ~tops) ^ (ones &* UInt64(byte))
    return ~((difference &+ ones &* 0x7F) | word) & tops
  }

  /// Flags each byte below `bound`, which is at most 0x80.
  @inlinable @inline(__always)
  static func flagBelow(_ word: UInt64, _ bound: UInt8) -> UInt64 {
    (word &- ones &* UInt64(bound)) & ~word & tops
  }

  /// Flags each control character, tab included.
  @inlinable @inline(__always)
  static func flagControls(_ word: UInt64) -> UInt64 {
    flagBelow(word, 0x20) | flagEqual(word, 0x7F)
  }

  /// Flags each control character, tab included, of sixteen bytes.
  @inlinable @inline(__always)
  static func flagControls(_ words: SIMD2<UInt64>) -> SIMD2<UInt64> {
    let ones = SIMD2<UInt64>(repeating: Self.ones)
    let delete = words ^ (ones &* 0x7F)
    let flags = ((words &- ones &* 0x20) & ~words) | ((delete &- ones) & ~delete)
    return flags & SIMD2(repeating: tops)
  }

  /// Flags each byte that is no letter, digit or hyphen.
  @inlinable @inline(__always)
  static func flagNotPlain(_ word: UInt64) -> UInt64 {
    flagNotPlain(word, letters: word & ~tops | (ones &* 0x20))
  }

  /// The same, where `letters` has small letters in place of those that count.
  @inlinable @inline(__always)
  static func flagNotPlain(_ word: UInt64, letters: UInt64) -> UInt64 {
    let low = word & ~tops
    let letter = (letters &+ ones &* 0x1F) & ~(letters &+ ones &* 0x05)
    let digit = (low &+ ones &* 0x50) & ~(low &+ ones &* 0x46)
    return ((letter | digit) & ~word & tops | flagExactly(word, 0x2D)) ^ tops
  }

  @inlinable @inline(__always)
  static func firstFlagged(_ flags: UInt64) -> Int { flags.trailingZeroBitCount &>> 3 }

  /// `byte` is among those of the input, which has eight at least.
  @inlinable @inline(__always)
  public static func contains(_ byte: UInt8, in input: borrowing Span<UInt8>) -> Bool {
    // The last word overlaps the one before.
    let last = input.count &- 8
    var flags = flagEqual(input.word(at: last), byte)
    var position = 0
    while position < last {
      flags |= flagEqual(input.word(at: position), byte)
      position &+= 8
    }
    return flags != 0
  }

  /// The first byte from `start` that is no token byte; the span's count when all are.
  @inlinable @inline(__always)
  public static func endOfToken(_ input: borrowing Span<UInt8>, from start: Int) -> Int {
    var position = start
    let count = input.count
    while position < count {
      if position &+ 8 <= count {
        let flags = flagNotPlain(input.word(at: position))
        if flags == 0 {
          position &+= 8
          continue
        }
        position &+= firstFlagged(flags)
      }
      let byte = input[position]
      if byte == 0x3A || !ASCII.isToken(byte) { return position }
      position &+= 1
    }
    return count
  }

  /// The first byte from `start` that is no letter, digit, hyphen, dot, underscore or tilde; the span's
  /// count when all are.
  @inlinable @inline(__always)
  public static func endOfHost(_ input: borrowing Span<UInt8>, from start: Int) -> Int {
    var position = start
    let count = input.count
    while position < count {
      if position &+ 8 <= count {
        let word = input.word(at: position)
        let flags = flagNotPlain(word) & ~flagExactly(word, 0x2E)
        if flags == 0 {
          position &+= 8
          continue
        }
        position &+= firstFlagged(flags)
      }
      let byte = input[position]
      guard
        ASCII.isLetter(byte) || ASCII.isDigit(byte) || byte == 0x2E || byte == 0x2D
          || byte == 0x5F || byte == 0x7E
      else { return position }
      position &+= 1
    }
    return count
  }

  /// All bytes are small letters, digits or hyphens.
  @inlinable @inline(__always)
  public static func isPlainLowercase(_ input: borrowing Span<UInt8>) -> Bool {
    let count = input.count
    var position = 0
    while position &+ 8 < count {
      let word = input.word(at: position)
      if flagNotPlain(word, letters: word & ~tops) != 0 { return false }
      position &+= 8
    }
    // The last word overlaps the one before; a short one is filled up.
    let word =
      count >= 8
      ? input.word(at: count &- 8)
      : input.shortWord(at: 0, count: count) | (ones &* 0x2D) &<< UInt64(count &* 8)
    return flagNotPlain(word, letters: word & ~tops) == 0
  }

  /// No byte is a control character but tab.
  @inlinable @inline(__always)
  public static func isText(_ input: borrowing Span<UInt8>) -> Bool {
    let count = input.count
    if count < 16 {
      let flags =
        count < 8
        ? flagControls(input.shortWord(at: 0, count: count) | (ones &* 0x20) &<< UInt64(count &* 8))
        : flagControls(input.word(at: 0)) | flagControls(input.word(at: count &- 8))
      return flags == 0 || isTextWithTabs(input)
    }
    var flags = SIMD2<UInt64>(repeating: 0)
    var position = 0
    while position &+ 16 < count {
      flags |= flagControls(input.wordPair(at: position))
      position &+= 16
    }
    // The last words overlap those before.
    flags |= flagControls(input.wordPair(at: count &- 16))
    return flags[0] | flags[1] == 0 || isTextWithTabs(input)
  }

  @inline(never) @usableFromInline
  static func isTextWithTabs(_ input: borrowing Span<UInt8>) -> Bool {
    endOfText(input, from: 0) == input.count
  }

  /// The first control character but tab from `start`; the span's count when there is none.
  @inlinable @inline(__always)
  public static func endOfText(_ input: borrowing Span<UInt8>, from start: Int) -> Int {
    var position = start
    let count = input.count
    while position &+ 16 <= count {
      let flags = flagControls(input.wordPair(at: position))
      if flags[0] | flags[1] == 0 {
        position &+= 16
        continue
      }
      position &+= flags[0] != 0 ? firstFlagged(flags[0]) : 8 &+ firstFlagged(flags[1])
      if input[position] != ASCII.tab { return position }
      position &+= 1
    }
    while position < count {
      if position &+ 8 <= count {
        let word = input.word(at: position)
        let flags = flagControls(word)
        if flags == 0 {
          position &+= 8
          continue
        }
        position &+= firstFlagged(flags)
      }
      let byte = input[position]
      if (byte < 0x20 && byte != ASCII.tab) || byte == 0x7F { return position }
      position &+= 1
    }
    return count
  }

  /// The first byte from `start` that is no visible ASCII character, or is `#`; the span's count when
  /// there is none.
  @inlinable @inline(__always)
  public static func endOfTarget(_ input: borrowing Span<UInt8>, from start: Int) -> Int {
    var position = start
    let count = input.count
    while position < count {
      if position &+ 8 <= count {
        let word = input.word(at: position)
        let flags =
          flagBelow(word, 0x21) | flagEqual(word, 0x7F) | flagEqual(word, 0x23) | (word & tops)
        if flags == 0 {
          position &+= 8
          continue
        }
        position &+= firstFlagged(flags)
      }
      let byte = input[position]
      if byte < 0x21 || byte > 0x7E || byte == 0x23 { return position }
      position &+= 1
    }
    return count
  }

  /// Flags each capital letter.
  @inlinable @inline(__always)
  static func flagCapital(_ word: UInt64) -> UInt64 {
    let low = word & ~tops
    return (low &+ ones &* 0x3F) & ~(low &+ ones &* 0x25) & ~word & tops
  }

  /// Capital letters become small ones.
  @inlinable @inline(__always)
  static func lowercased(_ word: UInt64) -> UInt64 { word | flagCapital(word) &>> 2 }

  /// Where the first capital letter stands in `range`; the range's end when there is none.
  @inlinable @inline(__always)
  public static func firstCapital(in input: borrowing Span<UInt8>, _ range: Range<Int>) -> Int {
    var position = range.lowerBound
    while position &+ 8 <= range.upperBound {
      let flags = flagCapital(input.word(at: position))
      if flags != 0 { return position &+ firstFlagged(flags) }
      position &+= 8
    }
    while position < range.upperBound {
      if input[position] &- 0x41 < 26 { return position }
      position &+= 1
    }
    return range.upperBound
  }

  /// Where `byte` stands first in `range`; the range's end when it does not.
  @inlinable @inline(__always)
  public static func firstIndex(
    of byte: UInt8, in input: borrowing Span<UInt8>, _ range: Range<Int>
  ) -> Int {
    var position = range.lowerBound
    while position &+ 8 <= range.upperBound {
      let flags = flagEqual(input.word(at: position), byte)
      if flags != 0 { return position &+ firstFlagged(flags) }
      position &+= 8
    }
    while position < range.upperBound {
      if input[position] == byte { return position }
      position &+= 1
    }
    return range.upperBound
  }
}
