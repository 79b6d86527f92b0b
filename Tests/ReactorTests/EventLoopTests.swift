import Platform
import Testing

@testable import Reactor

private final class Recorder: EventHandler {
  var events: [String] = []
  var onEvent: () -> Void = {}
  override func onReady(_ readiness: Readiness) {
    events.append(readiness.contains(.readable) ? "readable" : "ready")
    onEvent()
  }
  override func onTimer(_ kind: TimerKind) { events.append("timer \(kind.rawValue)") }
  override func onTurn() { events.append("turn") }
}

@Suite("EventLoop")
struct EventLoopTests {
  @Test func deliversMessagesFromAnotherThreadInOrder() throws {
    let loop = try EventLoop()
    let mailbox = try Mailbox<Int>()
    var received: [Int] = []
    let receiver = try MailboxReceiver(mailbox, on: loop) { received.append($0) }
    let thread = try startThread(named: "poster") {
      for number in 0..<1000 { mailbox.post(number) }
    }
    let deadline = MonotonicInstant.now().advanced(byMilliseconds: 5_000)
    while received.count < 1000, MonotonicInstant.now() < deadline { loop.turn(maxWait: 50) }
    thread.join()
    #expect(received == Array(0..<1000))
    withExtendedLifetime(receiver) {}
  }

  @Test func runsAPutOffTurnOnceAndWithoutWaiting() throws {
    let loop = try EventLoop()
    let recorder = Recorder()
    loop.runSoon(recorder)
    let start = MonotonicInstant.now()
    loop.turn(maxWait: 5_000)
    #expect(MonotonicInstant.now().nanoseconds(since: start) < 1_000_000_000)
    #expect(recorder.events == ["turn"])
    loop.turn(maxWait: 0)
    #expect(recorder.events == ["turn"])
  }

  @Test func aTimerWakesTheLoop() throws {
    let loop = try EventLoop()
    let recorder = Recorder()
    _ = loop.arm(
      recorder, TimerKind(7), at: MonotonicInstant.now().advanced(byMilliseconds: 20))
    let deadline = MonotonicInstant.now().advanced(byMilliseconds: 5_000)
    while recorder.events.isEmpty, MonotonicInstant.now() < deadline { loop.turn(maxWait: 5_000) }
    #expect(recorder.events == ["timer 7"])
  }

  /// A turn of 50 ms armed a timer for 100 ms from its end: the wait is counted from that end.
  @Test func aLongTurnDoesNotDelayTheTimersBehindIt() throws {
    let loop = try EventLoop()
    let recorder = Recorder()
    let turnEnd = loop.now.advanced(byMilliseconds: 50)
    while MonotonicInstant.now() < turnEnd {}
    let end = MonotonicInstant.now()
    let timer = loop.arm(recorder, TimerKind(1), at: end.advanced(byMilliseconds: 100))
    // A tick of the timers is 8 ms.
    #expect(loop.waitMilliseconds(atMost: 5_000) <= 116)
    loop.disarm(timer)
  }

  @Test func anEventQueuedForADeregisteredDescriptorIsDropped() throws {
    let loop = try EventLoop()
    let first = try WakeDescriptor()
    let second = try WakeDescriptor()
    let descriptors = [first.raw, second.raw]
    let recorders = [Recorder(), Recorder()]
    defer { for recorder in recorders { recorder.onEvent = {} } }
    var registrations: [Registration] = []
    for index in 0..<2 {
      registrations.append(try loop.register(descriptors[index], recorders[index]))
    }
    loop.turn(maxWait: 0)
    for recorder in recorders { recorder.events = [] }
    // Both become readable at once; whichever comes first takes the other away.
    for index in 0..<2 {
      recorders[index].onEvent = {
        loop.deregister(registrations[1 - index], descriptors[1 - index])
        recorders[index].onEvent = {}
      }
    }
    first.signal()
    second.signal()
    loop.turn(maxWait: 1_000)
    #expect(recorders.map(\.events.count).sorted() == [0, 1])
  }
}
