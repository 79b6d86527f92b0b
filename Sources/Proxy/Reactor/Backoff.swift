/// Delays between tries: exponential with full jitter, so that many clients of a server that came
/// back do not return as one.
public struct Backoff: Sendable {
  private let base: Duration
  private let ceiling: Duration
  private let first: Duration
  public private(set) var failures = 0

  /// - Parameters:
  ///   - base: bound of the second delay; each further bound is twice the last.
  ///   - ceiling: no delay is longer.
  ///   - first: bound of the first delay; by default a fifth of `base`.
  public init(base: Duration, ceiling: Duration, first: Duration? = nil) {
    self.base = base
    self.ceiling = ceiling
    self.first = first ?? base / 5
  }

  /// The longest the next delay can be.
  public var bound: Duration {
    if failures == 0 { return min(first, ceiling) }
    return min(base * (1 << min(failures - 1, 30)), ceiling)
  }

  /// Counts one failure; the delay is uniform from zero to `bound`. A `random` fixes it for tests.
  public mutating func nextDelay(random: UInt64 = .random(in: 0...UInt64.max)) -> Duration {
    let delay = bound * (Double(random) / Double(UInt64.max))
    failures += 1
    return delay
  }

  /// A success: the next delay is the first again.
  public mutating func reset() { failures = 0 }
}
