/// A small, quick random generator for balancing and sampling: one multiplication a draw (wyrand).
/// Its draws are evenly spread but predictable: never use it for secrets. Owning worker only.
public struct FastRandom: RandomNumberGenerator, Sendable {
  @usableFromInline var state: UInt64

  /// Draws that repeat from run to run.
  @inlinable
  public init(seed: UInt64) { state = seed }

  /// Seeded by the kernel (`getrandom`).
  public init() {
    var kernel = SystemRandomNumberGenerator()
    state = kernel.next()
  }

  /// 64 evenly spread bits.
  @inlinable
  public mutating func next() -> UInt64 {
    state &+= 0xA076_1D64_78BD_642F
    let product = state.multipliedFullWidth(by: state ^ 0xE703_7ED1_A0B4_28DB)
    return product.high ^ product.low
  }

  /// A number from 0 up to, not including, `bound`, which is at least 1.
  /// The bias, below `bound / 2^64`, is out of any measurement's reach.
  @inlinable
  public mutating func next(below bound: Int) -> Int {
    Int(truncatingIfNeeded: next().multipliedFullWidth(by: UInt64(bound)).high)
  }

  /// A number in [0, 1).
  @inlinable
  public mutating func nextFraction() -> Double { Double(next() &>> 11) * 0x1p-53 }
}
