/// SHA-1 (FIPS 180-4 section 6.1), which WebSocket's handshake asks for and which nothing else should: it
/// keeps no secret and proves nothing to anybody.
struct SHA1 {
  private var state: [UInt32] = [
    0x6745_2301, 0xEFCD_AB89, 0x98BA_DCFE, 0x1032_5476, 0xC3D2_E1F0,
  ]

  /// The 20 bytes of the digest.
  static func digest(of message: [UInt8]) -> [UInt8] {
    var hash = SHA1()
    let padded = padded(message)
    for start in stride(from: 0, to: padded.count, by: 64) { hash.take(padded[start..<start + 64]) }
    return hash.state.flatMap { word in
      [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: word >> UInt32($0)) }
    }
  }

  /// A one, zeros, and the length in bits, up to a whole block.
  private static func padded(_ message: [UInt8]) -> [UInt8] {
    var text = message + [0x80]
    while text.count % 64 != 56 { text.append(0) }
    let bits = UInt64(message.count) * 8
    for shift in [56, 48, 40, 32, 24, 16, 8, 0] {
      text.append(UInt8(truncatingIfNeeded: bits >> UInt64(shift)))
    }
    return text
  }

  private mutating func take(_ block: ArraySlice<UInt8>) {
    let schedule = Self.schedule(block)
    var (a, b, c, d, e) = (state[0], state[1], state[2], state[3], state[4])
    for round in 0..<80 {
      let (mix, constant): (UInt32, UInt32) =
        switch round / 20 {
        case 0: (b & c | ~b & d, 0x5A82_7999)
        case 1: (b ^ c ^ d, 0x6ED9_EBA1)
        case 2: (b & c | b & d | c & d, 0x8F1B_BCDC)
        default: (b ^ c ^ d, 0xCA62_C1D6)
        }
      let sum = a.rotated(5) &+ mix &+ e &+ constant &+ schedule[round]
      (a, b, c, d, e) = (sum, a, b.rotated(30), c, d)
    }
    for (index, word) in [a, b, c, d, e].enumerated() { state[index] &+= word }
  }

  private static func schedule(_ block: ArraySlice<UInt8>) -> [UInt32] {
    let bytes = block.map { UInt32($0) }
    var words = stride(from: 0, to: 64, by: 4).map {
      bytes[$0] << 24 | bytes[$0 + 1] << 16 | bytes[$0 + 2] << 8 | bytes[$0 + 3]
    }
    for index in 16..<80 {
      let word = words[index - 3] ^ words[index - 8] ^ words[index - 14] ^ words[index - 16]
      words.append(word.rotated(1))
    }
    return words
  }
}

extension UInt32 {
  fileprivate func rotated(_ count: UInt32) -> UInt32 { self << count | self >> (32 - count) }
}
