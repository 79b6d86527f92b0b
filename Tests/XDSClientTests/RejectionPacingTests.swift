import Platform
import Testing

@testable import XDSClient

struct RejectionPacingTests {
  private let start = MonotonicInstant(nanoseconds: 1_000_000_000)

  private func delays(_ count: Int, _ pacing: inout RejectionPacing) -> [UInt64] {
    var now = start
    return (0..<count).map { _ in
      let due = pacing.onRejection(at: now)
      defer { now = due }
      return due.nanoseconds(since: now) / 1_000_000
    }
  }

  @Test func theFirstIsToldAtOnceAndThoseOnItsHeelsEverLater() {
    var pacing = RejectionPacing()
    #expect(delays(6, &pacing) == [0, 200, 400, 800, 1_600, 3_200])
  }

  @Test func noPauseIsLongerThanTheLongest() {
    var pacing = RejectionPacing()
    #expect(delays(40, &pacing).max() == 30_000)
  }

  @Test func afterSomeQuietItBeginsAnew() {
    var pacing = RejectionPacing()
    _ = delays(3, &pacing)
    // Told at 0, 0.2 and 0.6 s; the next is due at 1.4 s, and quiet is as long again.
    let later = start.advanced(by: .milliseconds(2_200))
    #expect(pacing.onRejection(at: later) == later)
    #expect(
      pacing.onRejection(at: later) == later.advanced(by: RejectionPacing.firstPause))
  }
}
