/// How often durations fell into fixed buckets: 100 us, 250 us, 500 us and so on by tens to 500 s.
/// One thread writes, any may read. 184 bytes.
public struct Histogram: ~Copyable, Sendable {
  /// Buckets with an upper bound; one more takes what lies above.
  public static let boundCount = 21

  /// Upper bounds in microseconds, inclusive; the last is infinity.
  @usableFromInline static let bounds: InlineArray<22, UInt64> = [
    100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000,
    50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000, 5_000_000, 10_000_000,
    25_000_000, 50_000_000, 100_000_000, 250_000_000, 500_000_000, .max,
  ]

  /// How many bounds lie below each power of two: at most one bound lies within an octave, so that
  /// a bucket is found by its octave and one comparison.
  @usableFromInline static let octaveStarts: InlineArray<64, UInt8> = [
    0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 4, 5, 6, 7, 8,
    9, 10, 11, 12, 13, 13, 14, 15, 16, 17, 18, 19, 20, 21, 21, 21,
    21, 21, 21, 21, 21, 21, 21, 21, 21, 21, 21, 21, 21, 21, 21, 21,
    21, 21, 21, 21, 21, 21, 21, 21, 21, 21, 21, 21, 21, 21, 21, 21,
  ]

  @usableFromInline let buckets: InlineArray<22, Counter>
  /// Sum of all durations, in microseconds.
  @usableFromInline let sum = Counter()

  public init() { buckets = InlineArray { _ in Counter() } }

  /// Counts one duration. Writing thread only.
  @inlinable
  public func record(nanoseconds: UInt64) {
    let microseconds = nanoseconds / 1000
    let octave = 63 &- (microseconds | 1).leadingZeroBitCount
    var index = Int(Self.octaveStarts[octave & 63])
    if microseconds > Self.bounds[index] { index &+= 1 }
    buckets[index].add()
    sum.add(microseconds)
  }

  /// What was recorded so far; buckets read one after another, so that a concurrent update may be
  /// in the sum and not yet in its bucket.
  public func snapshot() -> HistogramSnapshot {
    var result = HistogramSnapshot()
    for index in buckets.indices { result.counts[index] = buckets[index].value }
    result.sumMicroseconds = sum.value
    return result
  }
}

/// A histogram's numbers at one time, summed over workers.
public struct HistogramSnapshot: Sendable {
  /// By bucket, not cumulative.
  public var counts = [UInt64](repeating: 0, count: Histogram.boundCount + 1)
  public var sumMicroseconds: UInt64 = 0

  /// The quantiles that are shown, from 0 to 1.
  static let shownShares = [0, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.995, 0.999, 1]

  public init() {}

  public var count: UInt64 { counts.reduce(0, &+) }

  public mutating func merge(_ other: HistogramSnapshot) {
    for index in counts.indices { counts[index] &+= other.counts[index] }
    sumMicroseconds &+= other.sumMicroseconds
  }

  /// Upper bound of a bucket in microseconds; nil for the last one.
  public static func bound(_ index: Int) -> UInt64? {
    index < Histogram.boundCount ? Histogram.bounds[index] : nil
  }

  /// The duration, in milliseconds, that `share` (0 to 1) of the recorded ones do not exceed, taken as
  /// evenly spread within a bucket; nil when nothing was recorded.
  public func quantileMilliseconds(_ share: Double) -> Double? {
    let total = count
    guard total > 0 else { return nil }
    let wanted = share * Double(total)
    var below = 0.0
    for (index, inBucket) in counts.enumerated() where inBucket > 0 {
      let reached = below + Double(inBucket)
      if reached >= wanted {
        let low = index == 0 ? 0 : Double(Histogram.bounds[index - 1])
        guard let high = Self.bound(index) else { return low / 1000 }
        return (low + (Double(high) - low) * max(0, wanted - below) / Double(inBucket)) / 1000
      }
      below = reached
    }
    return nil
  }
}
