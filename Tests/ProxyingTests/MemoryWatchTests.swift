import Platform
import Testing

@testable import Proxying

@Suite("MemoryWatch")
struct MemoryWatchTests {
  private final class Process { var bytes: UInt64 = 0 }

  private func instant(milliseconds: UInt64) -> MonotonicInstant {
    MonotonicInstant(nanoseconds: milliseconds * 1_000_000)
  }

  @Test func refusesAboveThreeQuartersOfTheLimit() {
    let process = Process()
    var watch = MemoryWatch(limit: 1000) { process.bytes }
    process.bytes = 750
    let first = watch.allowsMore(now: instant(milliseconds: 10))
    process.bytes = 751
    let second = watch.allowsMore(now: instant(milliseconds: 20))
    #expect(first && !second)
  }

  /// What was in use when requests were refused may be free again when that is said.
  @Test func tellsTheMostThatWasInUseSinceItWasAskedLast() {
    let process = Process()
    var watch = MemoryWatch(limit: 100 << 20) { process.bytes }
    for (index, megabytes) in [70, 90, 30].enumerated() {
      process.bytes = UInt64(megabytes) << 20
      _ = watch.allowsMore(now: instant(milliseconds: 10 * UInt64(index + 1)))
    }
    let refusals = watch.takeRefusals()
    process.bytes = 80 << 20
    _ = watch.allowsMore(now: instant(milliseconds: 100))
    let next = watch.takeRefusals()
    let none = watch.takeRefusals()
    let text = "1 requests and connections refused: up to"
    #expect(refusals?.hasPrefix("\(text) 90 MiB") == true)
    #expect(next?.hasPrefix("\(text) 80 MiB") == true)
    #expect(none == nil)
  }

  @Test func tellsWhatWasShed() {
    var watch = MemoryWatch(limit: 100 << 20) { 80 << 20 }
    let isNear = watch.isNearLimit(now: instant(milliseconds: 10))
    watch.noteShed(3)
    let text = watch.takeRefusals()
    #expect(isNear)
    #expect(text?.hasPrefix("3 requests reset whose clients did nothing: up to 80 MiB") == true)
    let none = watch.takeRefusals()
    #expect(none == nil)
  }

  @Test func withoutALimitNothingIsMeasured() {
    var watch = MemoryWatch(limit: nil) {
      Issue.record("measured")
      return 0
    }
    let allows = watch.allowsMore(now: instant(milliseconds: 10))
    #expect(allows)
  }
}
