import Platform
import Testing

@testable import Proxying

@Suite("MemoryWatch")
struct MemoryWatchTests {
  private final class Process { var bytes: UInt64 = 0 }

  private func instant(milliseconds: UInt64) -> MonotonicInstant {
    MonotonicInstant(nanoseconds: milliseconds * 1_000_000)
  }

  @Test func isShortAboveThreeQuartersOfTheLimit() {
    let process = Process()
    var watch = MemoryWatch(limit: 1000) { process.bytes }
    process.bytes = 750
    let first = watch.isShort(now: instant(milliseconds: 10))
    process.bytes = 751
    let second = watch.isShort(now: instant(milliseconds: 20))
    #expect(!first && second)
  }

  /// What was in use when requests were refused may be free again when that is said.
  @Test func tellsTheMostThatWasInUseSinceItWasAskedLast() {
    let process = Process()
    var watch = MemoryWatch(limit: 1000) { process.bytes }
    for (index, bytes) in [700, 900, 300].enumerated() {
      process.bytes = UInt64(bytes)
      _ = watch.isShort(now: instant(milliseconds: 10 * UInt64(index + 1)))
    }
    let peak = watch.takePeak()
    process.bytes = 400
    _ = watch.isShort(now: instant(milliseconds: 100))
    let next = watch.takePeak()
    #expect(peak == 900)
    #expect(next == 400)
  }

  @Test func withoutALimitNothingIsMeasured() {
    var watch = MemoryWatch(limit: nil) {
      Issue.record("measured")
      return 0
    }
    let isShort = watch.isShort(now: instant(milliseconds: 10))
    #expect(!isShort)
  }
}
