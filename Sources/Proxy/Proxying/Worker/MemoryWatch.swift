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
  private let measure: () -> UInt64
  private var isShort = false
  private var nextLook = MonotonicInstant(nanoseconds: 0)
  private var answersLeft = 0
  private var peak: UInt64 = 0

  /// - Parameter measure: the bytes in use now.
  init(limit: Int?, measure: @escaping () -> UInt64 = residentMemoryBytes) {
    self.limit = limit
    self.measure = measure
  }

  mutating func isShort(now: MonotonicInstant) -> Bool {
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

  /// The most bytes seen in use since this was last asked.
  mutating func takePeak() -> UInt64 {
    defer { peak = 0 }
    return peak
  }
}
