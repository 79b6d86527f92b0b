import CPlatform

/// A point on CLOCK_MONOTONIC, in nanoseconds; comparable only within this process.
public struct MonotonicInstant: Comparable, Hashable, Sendable {
  public var nanoseconds: UInt64

  @inlinable
  public init(nanoseconds: UInt64) { self.nanoseconds = nanoseconds }

  @inlinable
  public static func < (a: Self, b: Self) -> Bool { a.nanoseconds < b.nanoseconds }

  /// Reads the clock: one vDSO call, no kernel entry.
  public static func now() -> Self { .init(nanoseconds: cplatform_monotonic_nanoseconds()) }

  /// Later than any instant a process will see; the deadline of what never expires.
  public static let never = Self(nanoseconds: .max)

  /// This instant moved by `milliseconds`, saturating at `never`.
  @inlinable
  public func advanced(byMilliseconds milliseconds: UInt64) -> Self {
    let (step, overflow) = milliseconds.multipliedReportingOverflow(by: 1_000_000)
    let (sum, carried) = nanoseconds.addingReportingOverflow(step)
    return overflow || carried ? Self(nanoseconds: .max) : .init(nanoseconds: sum)
  }

  /// Nanoseconds from `earlier` to this instant; zero when it lies ahead.
  @inlinable
  public func nanoseconds(since earlier: Self) -> UInt64 {
    nanoseconds > earlier.nanoseconds ? nanoseconds - earlier.nanoseconds : 0
  }
}

/// A point on CLOCK_REALTIME, in nanoseconds since the Unix epoch, for timestamps people read.
public struct WallInstant: Comparable, Hashable, Sendable {
  public var nanoseconds: UInt64

  @inlinable
  public init(nanoseconds: UInt64) { self.nanoseconds = nanoseconds }

  @inlinable
  public static func < (a: Self, b: Self) -> Bool { a.nanoseconds < b.nanoseconds }

  public static func now() -> Self { .init(nanoseconds: cplatform_realtime_nanoseconds()) }
}
