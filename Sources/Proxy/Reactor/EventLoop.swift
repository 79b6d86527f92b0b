import Platform

/// A descriptor's place in a loop. Stale after `deregister`: events still queued for it are dropped.
public struct Registration: Equatable, Sendable {
  let slot: UInt32
  let generation: UInt32
  var token: UInt64 { UInt64(generation) << 32 | UInt64(slot) }
}

/// One thread's epoll loop: readiness, timers, and turns put off. Used on its own thread only.
public final class EventLoop {
  private struct Entry {
    var handler: EventHandler?
    var generation: UInt32
  }

  /// The monotonic time of the current turn; read once per wait.
  public private(set) var now: MonotonicInstant
  private var timers: TimerWheel
  private let epoll: Epoll
  private var entries: [Entry] = []
  private var freeSlots: [UInt32] = []
  private var soon: [EventHandler] = []
  private var isRunning = false

  public init() throws(SystemFault) {
    epoll = try Epoll()
    let start = MonotonicInstant.now()
    now = start
    timers = TimerWheel(now: start)
  }

  // MARK: descriptors

  /// Watches `fd` edge-triggered for reading and writing, once and for all.
  public func register(_ fd: Int32, _ handler: EventHandler) throws(SystemFault) -> Registration {
    let registration = claim(handler)
    do { try epoll.add(fd, token: registration.token) } catch {
      release(registration)
      throw error
    }
    return registration
  }

  /// Watches `fd` level-triggered for `interest`.
  public func registerLevelTriggered(
    _ fd: Int32, _ handler: EventHandler, interest: Readiness = .readable
  ) throws(SystemFault) -> Registration {
    let registration = claim(handler)
    do {
      try epoll.addLevelTriggered(fd, interest: interest, token: registration.token)
    } catch {
      release(registration)
      throw error
    }
    return registration
  }

  /// Changes what a level-triggered descriptor is watched for.
  public func modify(
    _ registration: Registration, _ fd: Int32, interest: Readiness
  ) throws(SystemFault) {
    try epoll.modify(fd, interest: interest, token: registration.token)
  }

  /// Stops watching. Call before the descriptor is closed.
  public func deregister(_ registration: Registration, _ fd: Int32) {
    epoll.remove(fd)
    release(registration)
  }

  private func claim(_ handler: EventHandler) -> Registration {
    if let slot = freeSlots.popLast() {
      entries[Int(slot)].handler = handler
      return Registration(slot: slot, generation: entries[Int(slot)].generation)
    }
    entries.append(Entry(handler: handler, generation: 1))
    return Registration(slot: UInt32(entries.count - 1), generation: 1)
  }

  private func release(_ registration: Registration) {
    let slot = Int(registration.slot)
    precondition(
      entries[slot].generation == registration.generation, "a registration is released once")
    entries[slot].handler = nil
    entries[slot].generation &+= 1
    freeSlots.append(registration.slot)
  }

  // MARK: timers

  /// Calls `handler.onTimer(kind)` once `deadline` has passed. The loop keeps the handler alive.
  public func arm(
    _ handler: EventHandler, _ kind: TimerKind, at deadline: MonotonicInstant
  ) -> TimerHandle { timers.arm(handler, kind, at: deadline) }

  /// Forgets a timer; nothing happens when it has fired already.
  public func disarm(_ timer: TimerHandle) { timers.disarm(timer) }

  /// Forgets a timer where there is one.
  public func disarm(_ timer: inout TimerHandle?) { if let armed = timer.take() { disarm(armed) } }

  /// Timers that have not fired.
  public var armedTimerCount: Int { timers.armedCount }

  // MARK: turns

  /// Calls `handler.onTurn()` after the events now at hand, before the loop waits again.
  public func runSoon(_ handler: EventHandler) { soon.append(handler) }

  /// Runs until `stop`.
  public func run() {
    isRunning = true
    while isRunning { turn() }
  }

  /// Makes `run` return after the current turn.
  public func stop() { isRunning = false }

  /// One wait and everything that came of it. `maxWait` in milliseconds bounds the wait.
  public func turn(maxWait: Int64 = 60_000) {
    let wait = soon.isEmpty ? waitMilliseconds(atMost: maxWait) : 0
    let count = epoll.wait(milliseconds: Int32(clamping: wait))
    now = .now()
    for index in 0..<count { dispatch(index) }
    while let due = timers.expireNext(now: now) { due.handler.onTimer(due.kind) }
    runPutOff()
  }

  /// Measured from the clock, not from `now`: the turn before may have been long.
  func waitMilliseconds(atMost limit: Int64) -> Int64 {
    min(limit, timers.millisecondsUntilNext(from: .now()) ?? limit)
  }

  private func dispatch(_ index: Int) {
    let (token, readiness) = epoll.event(at: index)
    let slot = Int(truncatingIfNeeded: token & 0xFFFF_FFFF)
    guard entries[slot].generation == UInt32(truncatingIfNeeded: token >> 32),
      let handler = entries[slot].handler
    else { return }
    handler.onReady(readiness)
  }

  private func runPutOff() {
    guard !soon.isEmpty else { return }
    let turns = soon
    soon.removeAll(keepingCapacity: true)
    for handler in turns { handler.onTurn() }
  }
}
