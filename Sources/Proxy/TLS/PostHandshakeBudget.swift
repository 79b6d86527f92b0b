import Platform

/// Bounds the messages of the handshake that come behind it: a change of keys costs us a derivation and an
/// answer, a ticket memory, and a peer needs few of them. A value.
struct PostHandshakeBudget {
  private static let burst: UInt64 = 32
  private static let nanosecondsEach: UInt64 = 1_000_000_000

  private var credit = burst
  private var refilled: MonotonicInstant?

  /// - Returns: false when the peer has sent too many of them.
  mutating func spend(now: MonotonicInstant) -> Bool {
    let earned = now.nanoseconds(since: refilled ?? now) / Self.nanosecondsEach
    if earned > 0 || refilled == nil { refilled = now }
    credit = min(Self.burst, credit + earned)
    guard credit > 0 else { return false }
    credit -= 1
    return true
  }
}
