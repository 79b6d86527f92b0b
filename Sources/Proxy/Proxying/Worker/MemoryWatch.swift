import Platform

/// Refuses new work while the process's memory is near its limit, so that what is under way can end. The
/// kernel is asked for the memory in use only so often. Owning worker only.
struct MemoryWatch {
  private static let periodMilliseconds: UInt64 = 2
  /// A crowd may come within one turn of the loop, in which no time passes.
  private static let mostAnswers = 32
  /// Of the limit: the rest is for what requests under way come to need, and for the kernel's buffers.
  private static let thresholdPercent = 75

  /// In bytes; nil: no bound.
  private let limit: Int?
  private let measure: () -> UInt64
  private var isShort = false
  private var nextLook = MonotonicInstant(nanoseconds: 0)
  private var answersLeft = 0
  /// The most bytes seen in use since refusals were last told.
  private var peak: UInt64 = 0
  private var refusedCount = 0
  private var shedCount = 0

  /// - Parameter measure: the bytes in use now.
  init(limit: Int?, measure: @escaping () -> UInt64 = residentMemoryBytes) {
    self.limit = limit
    self.measure = measure
  }

  /// Whether one more request or TCP connection may begin.
  mutating func allowsMore(now: MonotonicInstant) -> Bool {
    guard isNearLimit(now: now) else { return true }
    refusedCount += 1
    return false
  }

  /// Whether so much is in use that what is of little use is to be let go of.
  mutating func isNearLimit(now: MonotonicInstant) -> Bool {
    guard let limit else { return false }
    answersLeft -= 1
    if answersLeft < 0 || now >= nextLook {
      answersLeft = Self.mostAnswers
      let used = measure()
      peak = max(peak, used)
      isShort = used > UInt64(limit / 100 * Self.thresholdPercent)
      nextLook = now.advanced(byMilliseconds: Self.periodMilliseconds)
    }
    return isShort
  }

  /// So many responses were reset, of which nobody took anything.
  mutating func shed(_ count: Int) { shedCount += count }

  /// What was refused since this was last asked, for the log; nil: nothing.
  mutating func takeRefusals() -> String? {
    defer { (peak, refusedCount, shedCount) = (0, 0, 0) }
    guard refusedCount > 0 || shedCount > 0 else { return nil }
    let shed = shedCount > 0 ? ", \(shedCount) responses reset that nobody read" : ""
    return "\(refusedCount) requests and connections refused\(shed): up to \(peak >> 20) MiB of "
      + "memory were in use, near the limit of \((limit ?? 0) >> 20) MiB"
  }
}
