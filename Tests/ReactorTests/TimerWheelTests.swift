import Platform
import Testing

@testable import Reactor

@Suite("TimerWheel")
struct TimerWheelTests {
  private static let tick: UInt64 = 8_000_000

  private func instant(milliseconds: UInt64) -> MonotonicInstant {
    MonotonicInstant(nanoseconds: 1_000_000_000_000 + milliseconds * 1_000_000)
  }

  /// Runs the wheel to `now` and returns the kinds that fired, in order.
  private func fired(_ wheel: inout TimerWheel, at now: MonotonicInstant) -> [UInt8] {
    var kinds: [UInt8] = []
    while let due = wheel.expireNext(now: now) { kinds.append(due.kind.rawValue) }
    return kinds
  }

  @Test func firesNoEarlierThanItsDeadlineAndAtMostTwoTicksLate() {
    for delay in [1, 7, 8, 9, 100, 511, 512, 513, 4_000, 32_767, 32_768, 40_000] as [UInt64] {
      var wheel = TimerWheel(now: instant(milliseconds: 0))
      _ = wheel.arm(EventHandler(), TimerKind(1), at: instant(milliseconds: delay))
      #expect(fired(&wheel, at: instant(milliseconds: delay - 1)).isEmpty, "early by 1 of \(delay)")
      #expect(fired(&wheel, at: instant(milliseconds: delay + 16)) == [1], "late for \(delay)")
      #expect(wheel.armedCount == 0)
    }
  }

  @Test func reachesDeadlinesBeyondItsLargestWheel() {
    var wheel = TimerWheel(now: instant(milliseconds: 0))
    let days3: UInt64 = 3 * 86_400_000
    _ = wheel.arm(EventHandler(), TimerKind(1), at: instant(milliseconds: days3))
    #expect(fired(&wheel, at: instant(milliseconds: days3 - 1)).isEmpty)
    #expect(fired(&wheel, at: instant(milliseconds: days3 + 16)) == [1])
  }

  @Test func aDisarmedTimerNeverFiresAndItsHandleIsStaleAfter() {
    var wheel = TimerWheel(now: instant(milliseconds: 0))
    let first = wheel.arm(EventHandler(), TimerKind(1), at: instant(milliseconds: 50))
    wheel.disarm(first)
    let second = wheel.arm(EventHandler(), TimerKind(2), at: instant(milliseconds: 50))
    wheel.disarm(first)
    let left = wheel.armedCount
    #expect(left == 1)
    #expect(fired(&wheel, at: instant(milliseconds: 100)) == [2])
    wheel.disarm(second)
    #expect(wheel.armedCount == 0)
  }

  @Test func saysHowLongToSleepWithoutMissingATimer() throws {
    var wheel = TimerWheel(now: instant(milliseconds: 0))
    #expect(wheel.millisecondsUntilNext(from: instant(milliseconds: 0)) == nil)
    _ = wheel.arm(EventHandler(), TimerKind(1), at: instant(milliseconds: 5_000))
    var now: UInt64 = 0
    var wakeups = 0
    while wheel.armedCount > 0 {
      let next = wheel.millisecondsUntilNext(from: instant(milliseconds: now))
      let wait = try #require(next)
      now += UInt64(max(1, wait))
      wakeups += 1
      _ = fired(&wheel, at: instant(milliseconds: now))
    }
    #expect(now >= 5_000 && now <= 5_016)
    #expect(wakeups <= 4, "a sleeping loop wakes when a coarser wheel turns over, no more often")
  }

  @Test func agreesWithASortedListOverManyRandomTimers() {
    var generator = FastRandom(seed: 42)
    var wheel = TimerWheel(now: instant(milliseconds: 0))
    var now: UInt64 = 0
    var due: [UInt8: (deadline: UInt64, handle: TimerHandle)] = [:]
    for step in 0..<20_000 {
      let kind = UInt8(truncatingIfNeeded: generator.next())
      if let known = due.removeValue(forKey: kind) {
        wheel.disarm(known.handle)
      } else {
        let delay = generator.next() % (step % 10 == 0 ? 600_000 : 2_000)
        let handle = wheel.arm(
          EventHandler(), TimerKind(kind), at: instant(milliseconds: now + delay))
        due[kind] = (now + delay, handle)
      }
      now += generator.next() % 40
      for kind in fired(&wheel, at: instant(milliseconds: now)) {
        let deadline = due.removeValue(forKey: kind)?.deadline
        #expect(deadline != nil && deadline! <= now)
      }
      #expect(due.values.allSatisfy { $0.deadline + 16 >= now })
    }
    #expect(wheel.armedCount == due.count)
  }
}
