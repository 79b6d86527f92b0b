import Platform
import Reactor

/// Since when a client's connection waits for what its phase says. One timer serves all waits: it is
/// armed lazily, and a deadline that moved further away costs nothing until it fires.
struct DownstreamDeadline {
  /// When the present wait began: for a request, its head, or the end of what is dropped. An exchange
  /// waits on from when its head began.
  private(set) var since: MonotonicInstant
  /// When a byte last moved on the exchange.
  private(set) var lastActivity: MonotonicInstant
  /// When the chunk line or the trailers under way began; nil: none is.
  private(set) var framingSince: MonotonicInstant?
  /// When the request was read to its end; nil while it was not.
  private(set) var requestEnd: MonotonicInstant?
  private(set) var timer: TimerHandle?
  private var armedFor = MonotonicInstant.never

  init(idleSince now: MonotonicInstant) {
    since = now
    lastActivity = now
  }

  // MARK: what happened

  mutating func waitBegan(_ now: MonotonicInstant) { since = now }

  mutating func exchangeBegan(_ now: MonotonicInstant) {
    lastActivity = now
    framingSince = nil
    requestEnd = nil
  }

  mutating func bodyWaits(amidFraming: Bool, _ now: MonotonicInstant) {
    framingSince = amidFraming ? framingSince ?? now : nil
  }

  mutating func requestEnded(_ now: MonotonicInstant) { requestEnd = now }
  mutating func touched(_ now: MonotonicInstant) { lastActivity = now }

  // MARK: the timer

  /// No timer is armed, or it would fire too late for `deadline`.
  func isLate(for deadline: MonotonicInstant) -> Bool { deadline < armedFor }

  mutating func armed(_ timer: TimerHandle, for deadline: MonotonicInstant) {
    self.timer = timer
    armedFor = deadline
  }

  mutating func fired() {
    timer = nil
    armedFor = .never
  }
}
