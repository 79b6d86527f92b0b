import Platform
import Testing

@testable import Routing

@Suite struct ByteHashTests {
  /// Values of the reference implementation of XXH64, seed 0.
  @Test(arguments: [
    ("", 0xEF46_DB37_51D8_E999 as UInt64), ("a", 0xD24E_C4F1_A98C_6E5B),
    ("abc", 0x44BC_2CF5_AD77_0999),
  ])
  func equalsTheReference(text: String, expected: UInt64) {
    #expect(ByteHash.xxHash64(Array(text.utf8).span) == expected)
  }

  /// The values below are folded from hashes of the bytes 0, 1, 2, ... of every length up to 100.
  @Test func equalsTheReferenceAtEveryLength() {
    var fold: UInt64 = 0
    for length in 0...100 {
      let bytes = (0..<length).map { UInt8($0) }
      fold = (fold << 1 | fold >> 63) ^ ByteHash.xxHash64(bytes.span)
    }
    #expect(fold == 0x204D_496E_5D3E_4A50)
  }

  /// Against the plain definition, over random bytes of every short length.
  @Test func wordwiseComparisonsAgreeWithBytewiseOnes() {
    var random = FastRandom(seed: 9)
    for round in 0..<20_000 {
      let count = round % 20
      let bytes = (0..<count).map { _ in UInt8(truncatingIfNeeded: random.next()) }
      var other = bytes
      if count > 0, round % 3 == 0 { other[random.next(below: count)] ^= 0x20 }
      if count > 0, round % 3 == 1 { other[random.next(below: count)] ^= 0x80 }
      let lower = other.map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }
      let folded = bytes.map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }
      #expect(bytes.span.isEqual(to: other.span) == (bytes == other))
      #expect(bytes.span.isEqual(toLowercase: lower.span) == (folded == lower))
      #expect(ByteHash.folded(bytes.span) == ByteHash.folded(folded.span))
    }
  }
}
