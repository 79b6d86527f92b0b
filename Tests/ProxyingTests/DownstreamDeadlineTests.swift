import Platform
import Testing

@testable import Proxying

@Suite("DownstreamDeadline")
struct DownstreamDeadlineTests {
  private func at(_ milliseconds: UInt64) -> MonotonicInstant {
    MonotonicInstant(nanoseconds: milliseconds * 1_000_000)
  }

  @Test func aRequestsClockRunsFromTheFirstByteOfItsHead() {
    var deadline = DownstreamDeadline(idleSince: at(0))
    deadline.waitBegan(at(10))
    deadline.exchangeBegan(at(30))
    #expect(deadline.since == at(10))
    #expect(deadline.lastActivity == at(30))
  }

  @Test func anotherRequestForgetsTheOneBefore() {
    var deadline = DownstreamDeadline(idleSince: at(0))
    deadline.exchangeBegan(at(2))
    deadline.bodyWaits(amidFraming: true, at(3))
    deadline.requestEnded(at(4))
    deadline.waitBegan(at(6))
    deadline.exchangeBegan(at(7))
    #expect(deadline.requestEnd == nil)
    #expect(deadline.framingSince == nil)
  }

  @Test func framingIsTimedFromWhereItBegan() {
    var deadline = DownstreamDeadline(idleSince: at(0))
    deadline.exchangeBegan(at(0))
    deadline.bodyWaits(amidFraming: true, at(5))
    deadline.bodyWaits(amidFraming: true, at(9))
    #expect(deadline.framingSince == at(5))
    deadline.bodyWaits(amidFraming: false, at(10))
    #expect(deadline.framingSince == nil)
    deadline.bodyWaits(amidFraming: true, at(20))
    #expect(deadline.framingSince == at(20))
  }

  /// Nothing is armed: any deadline is earlier than never.
  @Test func withoutATimerEveryDeadlineWantsOne() {
    let deadline = DownstreamDeadline(idleSince: at(0))
    #expect(deadline.isLate(for: at(1)))
    #expect(!deadline.isLate(for: .never))
  }
}
