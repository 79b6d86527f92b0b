import Platform

/// Tells whether the process's memory nears its limit, and asks the kernel only so often. Owning worker
/// only.
struct MemoryWatch {
  private static let periodMilliseconds: UInt64 = 2
  /// A crowd may come within one turn of the loop, in which no time passes.
  private static let mostAnswers = 32
  /// Of the limit: the rest is for what requests under way come to need, and for the kernel's buffers.
  private static let thresholdPercent = 75

  /// In bytes; nil: no bound.
  let limit: Int?
  private var isShort = false
  private var nextLook = MonotonicInstant(nanoseconds: 0)
  private var answersLeft = 0

  init(limit: Int?) { self.limit = limit }

  mutating func isShort(now: MonotonicInstant) -> Bool {
    guard let limit else { return false }
    answersLeft -= 1
    if answersLeft < 0 || now >= nextLook {
      answersLeft = Self.mostAnswers
      isShort = residentMemoryBytes() > UInt64(limit / 100 * Self.thresholdPercent)
      nextLook = now.advanced(byMilliseconds: Self.periodMilliseconds)
    }
    return isShort
  }
}
