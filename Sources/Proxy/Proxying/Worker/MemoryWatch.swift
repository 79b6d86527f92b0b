import Platform

/// Says whether the process's memory is near its limit, in which new work is refused and what is of little use
/// let go of, so that the rest can end. The kernel is asked for the memory in use only so often. Owning worker
/// only.
struct MemoryWatch {
  private static let periodMilliseconds: UInt64 = 2
  /// A crowd may come within one turn of the loop, in which no time passes.
  private static let mostAnswers = 32
  /// Of the limit: the rest is for what requests under way come to need, and for the kernel's buffers.
  private static let thresholdPercent = 75
  /// From here on what is under way has to end, too.
  private static let bodyThresholdPercent = 80

  /// In bytes; nil: no bound.
  private let limit: Int?
  private let measure: () -> UInt64
  /// Bytes in use at the last look.
  private var used: UInt64 = 0
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

  /// Whether the body of a response may come, which its client may let wait.
  mutating func allowsBody(now: MonotonicInstant) -> Bool {
    guard uses(Self.bodyThresholdPercent, now: now) else { return true }
    refusedCount += 1
    return false
  }

  /// Whether so much is in use that what is of little use is to be let go of.
  mutating func isNearLimit(now: MonotonicInstant) -> Bool {
    uses(Self.thresholdPercent, now: now)
  }

  /// Whether more than that part of the limit is in use.
  private mutating func uses(_ percent: Int, now: MonotonicInstant) -> Bool {
    guard let limit else { return false }
    answersLeft -= 1
    if answersLeft < 0 || now >= nextLook {
      answersLeft = Self.mostAnswers
      used = measure()
      peak = max(peak, used)
      nextLook = now.advanced(byMilliseconds: Self.periodMilliseconds)
    }
    return used > UInt64(limit / 100 * percent)
  }

  /// So many requests were reset, whose clients did nothing.
  mutating func noteShed(_ count: Int) { shedCount += count }

  /// What was refused since this was last asked, for the log; nil: nothing.
  mutating func takeRefusals() -> String? {
    defer { (peak, refusedCount, shedCount) = (0, 0, 0) }
    var done: [String] = []
    if refusedCount > 0 { done.append("\(refusedCount) requests and connections refused") }
    if shedCount > 0 { done.append("\(shedCount) requests reset whose clients did nothing") }
    guard !done.isEmpty else { return nil }
    return done.joined(separator: ", ")
      + ": up to \(peak >> 20) MiB of memory were in use, near the limit of "
      + "\((limit ?? 0) >> 20) MiB"
  }
}
