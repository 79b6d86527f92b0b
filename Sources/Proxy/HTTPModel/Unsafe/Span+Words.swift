extension Span where Element == UInt8 {
  /// The eight bytes from `offset`, the first one lowest. Traps outside the span.
  @inlinable @inline(__always)
  public func word(at offset: Int) -> UInt64 {
    // SAFETY: the load itself checks the offset, and any eight bytes are a UInt64.
    UInt64(littleEndian: unsafe bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self))
  }

  /// The sixteen bytes from `offset` as two words, the first byte of each lowest. Traps outside the span.
  @inlinable @inline(__always)
  public func wordPair(at offset: Int) -> SIMD2<UInt64> {
    // SAFETY: the load itself checks the offset, and any sixteen bytes are two words.
    let pair = unsafe bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: SIMD2<UInt64>.self)
    return SIMD2(UInt64(littleEndian: pair[0]), UInt64(littleEndian: pair[1]))
  }

  /// `count` bytes from `offset`, fewer than eight, the first one lowest, zeros above.
  @inlinable @inline(__always)
  public func shortWord(at offset: Int, count length: Int) -> UInt64 {
    if offset &+ 8 <= count { return word(at: offset) & ~(~0 &<< UInt64(length &* 8)) }
    // The bytes in between are loaded twice, to the same place.
    if length >= 4 {
      let end = length &- 4
      return UInt64(half(at: offset)) | UInt64(half(at: offset &+ end)) &<< UInt64(end &* 8)
    }
    if length <= 0 { return 0 }
    let (middle, last) = (length &>> 1, length &- 1)
    return UInt64(self[offset]) | UInt64(self[offset &+ middle]) &<< UInt64(middle &* 8)
      | UInt64(self[offset &+ last]) &<< UInt64(last &* 8)
  }

  /// The four bytes from `offset`, the first one lowest. Traps outside the span.
  @inlinable @inline(__always)
  func half(at offset: Int) -> UInt32 {
    // SAFETY: the load itself checks the offset, and any four bytes are a UInt32.
    UInt32(littleEndian: unsafe bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt32.self))
  }

  /// Same bytes as `text`, letters of either case being the same; `text` is in lower case.
  @inlinable
  public func equalsIgnoringCase(_ text: StaticString) -> Bool {
    guard count == text.utf8CodeUnitCount else { return false }
    if count < 8 {
      // SAFETY: a static string's UTF-8 lives for ever and has as many bytes as the span.
      let other = unsafe text.utf8Start
      for index in indices where unsafe ASCII.lowercased(self[index]) != other[index] {
        return false
      }
      return true
    }
    var offset = 0
    while offset < count {
      // The last word overlaps the one before.
      let start = min(offset, count &- 8)
      if ByteScan.lowercased(word(at: start)) != text.word(at: start) { return false }
      offset &+= 8
    }
    return true
  }

  /// Begins with the bytes of `text`.
  @inlinable
  public func isPrefix(of text: StaticString) -> Bool {
    guard count <= text.utf8CodeUnitCount else { return false }
    // SAFETY: a static string's UTF-8 lives for ever; the index stays below its length.
    let other = unsafe text.utf8Start
    for index in indices where unsafe self[index] != other[index] { return false }
    return true
  }

  /// Begins with `text`.
  @inlinable
  public func hasPrefix(_ text: StaticString) -> Bool {
    let length = text.utf8CodeUnitCount
    guard count >= length else { return false }
    if length < 8 {
      // SAFETY: a static string's UTF-8 lives for ever; the index stays below its length.
      let other = unsafe text.utf8Start
      for index in 0..<length where unsafe self[index] != other[index] { return false }
      return true
    }
    var offset = 0
    while offset < length {
      // The last word overlaps the one before.
      let start = min(offset, length &- 8)
      if word(at: start) != text.word(at: start) { return false }
      offset &+= 8
    }
    return true
  }
}

extension StaticString {
  /// The eight bytes from `offset`, the first one lowest. Traps outside the text.
  @inlinable @inline(__always)
  func word(at offset: Int) -> UInt64 {
    precondition(offset >= 0 && offset &+ 8 <= utf8CodeUnitCount, "a word of the text")
    // SAFETY: a literal's UTF-8 lives for ever, and the word lies in it.
    let word = unsafe UnsafeRawPointer(utf8Start + offset).loadUnaligned(as: UInt64.self)
    return UInt64(littleEndian: word)
  }

  /// Eight bytes of a literal from `offset`, filled up with spaces. The optimizer makes it a constant.
  @inlinable @inline(__always)
  func paddedWord(at offset: Int) -> UInt64 {
    // SAFETY: a literal's UTF-8 lives for ever; the index stays below its length.
    let text = unsafe utf8Start
    var word: UInt64 = 0
    for index in 0..<8 {
      let byte = unsafe offset &+ index < utf8CodeUnitCount ? text[offset &+ index] : 0x20
      word |= UInt64(byte) &<< UInt64(index &* 8)
    }
    return word
  }
}
