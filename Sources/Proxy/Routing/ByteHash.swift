import HTTPModel

/// Hashes over bytes.
enum ByteHash {
  private static let prime1: UInt64 = 0x9E37_79B1_85EB_CA87
  private static let prime2: UInt64 = 0xC2B2_AE3D_27D4_EB4F
  private static let prime3: UInt64 = 0x1656_67B1_9E37_79F9
  private static let prime4: UInt64 = 0x85EB_CA77_C2B2_AE63
  private static let prime5: UInt64 = 0x27D4_EB2F_1656_67C5

  /// XXH64 with seed 0, which Envoy uses for hash policies too. The same on every machine.
  static func xxHash64(_ bytes: borrowing Span<UInt8>) -> UInt64 {
    var position = 0
    var hash = prime5
    if bytes.count >= 32 { hash = stripes(bytes, &position) }
    hash &+= UInt64(bytes.count)
    while position &+ 8 <= bytes.count {
      hash = rotated(hash ^ round(0, bytes.word(at: position)), 27) &* prime1 &+ prime4
      position &+= 8
    }
    if position &+ 4 <= bytes.count {
      hash =
        rotated(hash ^ (bytes.tailWord(at: position, count: 4) &* prime1), 23)
        &* prime2 &+ prime3
      position &+= 4
    }
    while position < bytes.count {
      hash = rotated(hash ^ (UInt64(bytes[position]) &* prime5), 11) &* prime1
      position &+= 1
    }
    return avalanched(hash)
  }

  /// Lets every bit of `word` bear on every bit of the result.
  @inline(__always)
  private static func avalanched(_ word: UInt64) -> UInt64 {
    var hash = (word ^ (word &>> 33)) &* prime2
    hash = (hash ^ (hash &>> 29)) &* prime3
    return hash ^ (hash &>> 32)
  }

  /// The part of XXH64 that takes 32 bytes a turn.
  private static func stripes(_ bytes: borrowing Span<UInt8>, _ position: inout Int) -> UInt64 {
    var lane1 = prime1 &+ prime2
    var lane2 = prime2
    var lane3: UInt64 = 0
    var lane4 = 0 &- prime1
    while position &+ 32 <= bytes.count {
      lane1 = round(lane1, bytes.word(at: position))
      lane2 = round(lane2, bytes.word(at: position &+ 8))
      lane3 = round(lane3, bytes.word(at: position &+ 16))
      lane4 = round(lane4, bytes.word(at: position &+ 24))
      position &+= 32
    }
    var hash = rotated(lane1, 1) &+ rotated(lane2, 7) &+ rotated(lane3, 12) &+ rotated(lane4, 18)
    hash = merged(hash, lane1)
    hash = merged(hash, lane2)
    hash = merged(hash, lane3)
    return merged(hash, lane4)
  }

  @inline(__always)
  private static func round(_ lane: UInt64, _ word: UInt64) -> UInt64 {
    rotated(lane &+ word &* prime2, 31) &* prime1
  }

  @inline(__always)
  private static func merged(_ hash: UInt64, _ lane: UInt64) -> UInt64 {
    (hash ^ round(0, lane)) &* prime1 &+ prime4
  }

  @inline(__always)
  private static func rotated(_ word: UInt64, _ bits: UInt64) -> UInt64 {
    word &<< bits | word &>> (64 &- bits)
  }

  /// A hash for tables built from configuration; letters of either case are the same.
  static func folded(_ bytes: borrowing Span<UInt8>) -> UInt64 {
    var hash = prime5 ^ UInt64(bytes.count)
    var position = 0
    while position &+ 8 <= bytes.count {
      hash = mixed(hash, bytes.word(at: position).lowercasedBytes)
      position &+= 8
    }
    let rest = bytes.count &- position
    if rest > 0 {
      hash = mixed(hash, bytes.tailWord(at: position, count: rest).lowercasedBytes)
    }
    return hash
  }

  @inline(__always)
  private static func mixed(_ hash: UInt64, _ word: UInt64) -> UInt64 {
    let product = (hash ^ word).multipliedFullWidth(by: prime1)
    return product.high ^ product.low
  }

  /// A hash of two words, such as an address.
  static func words(_ first: UInt64, _ second: UInt64) -> UInt64 {
    avalanched(mixed(first ^ prime5, prime1) &+ second &* prime4)
  }
}

extension UInt64 {
  /// Eight bytes with A to Z turned to lower case.
  @inline(__always)
  var lowercasedBytes: UInt64 {
    let low = self & 0x7F7F_7F7F_7F7F_7F7F
    let fromA = low &+ 0x3F3F_3F3F_3F3F_3F3F
    let beyondZ = low &+ 0x2525_2525_2525_2525
    let upper = fromA & ~beyondZ & ~self & 0x8080_8080_8080_8080
    return self | (upper &>> 2)
  }
}

extension Span where Element == UInt8 {
  /// `length` bytes from `offset`, at most eight, the first one lowest, zeros above.
  @inline(__always)
  func tailWord(at offset: Int, count length: Int) -> UInt64 {
    if length == 8 { return word(at: offset) }
    if count >= 8 { return wordAtEnd(offset, length) }
    var word: UInt64 = 0
    for index in 0..<length { word |= UInt64(self[offset &+ index]) &<< UInt64(index &* 8) }
    return word
  }

  /// As `tailWord`, by one load that may begin before `offset`.
  @inline(__always)
  private func wordAtEnd(_ offset: Int, _ length: Int) -> UInt64 {
    let start = Swift.min(offset, count &- 8)
    let shifted = word(at: start) &>> UInt64((offset &- start) &* 8)
    return shifted & ((1 &<< UInt64(length &* 8)) &- 1)
  }

  /// The first eight bytes; zeros where there are fewer.
  @inline(__always)
  var firstWord: UInt64 { tailWord(at: 0, count: Swift.min(8, count)) }

  /// Same bytes, eight at a time.
  func isEqual(to other: borrowing Span<UInt8>) -> Bool {
    guard count == other.count else { return false }
    var position = 0
    while position &+ 8 <= count {
      guard word(at: position) == other.word(at: position) else { return false }
      position &+= 8
    }
    let rest = count &- position
    return rest == 0
      || tailWord(at: position, count: rest) == other.tailWord(at: position, count: rest)
  }

  /// Same bytes when folded to lower case, eight at a time; `lower` is in lower case.
  func isEqual(toLowercase lower: borrowing Span<UInt8>) -> Bool {
    guard count == lower.count else { return false }
    var position = 0
    while position &+ 8 <= count {
      guard word(at: position).lowercasedBytes == lower.word(at: position) else { return false }
      position &+= 8
    }
    let rest = count &- position
    return rest == 0
      || tailWord(at: position, count: rest).lowercasedBytes
        == lower.tailWord(at: position, count: rest)
  }
}
