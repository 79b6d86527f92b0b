import Platform
import Reactor

/// When a client's connection has waited long enough, and for what. One timer serves all of its
/// waits: it is armed lazily, and a deadline that moved further away costs nothing until it fires.
struct DownstreamDeadline {
  enum Wait {
    case nextRequest
    case requestHead
    case exchange
    case lingering
  }

  private(set) var wait = Wait.nextRequest
  /// When the present wait began.
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

  mutating func headBegan(_ now: MonotonicInstant) {
    wait = .requestHead
    since = now
  }

  mutating func exchangeBegan(_ now: MonotonicInstant) {
    wait = .exchange
    lastActivity = now
    framingSince = nil
    requestEnd = nil
  }

  mutating func bodyWaits(amidFraming: Bool, _ now: MonotonicInstant) {
    framingSince = amidFraming ? framingSince ?? now : nil
  }

  mutating func requestEnded(_ now: MonotonicInstant) { requestEnd = now }
  mutating func touched(_ now: MonotonicInstant) { lastActivity = now }

  mutating func idleBegan(_ now: MonotonicInstant) {
    wait = .nextRequest
    since = now
  }

  mutating func lingerBegan(_ now: MonotonicInstant) {
    wait = .lingering
    since = now
  }

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

extension MonotonicInstant {
  /// This instant moved by `duration`; `never` for nil.
  func advanced(by duration: Duration?) -> MonotonicInstant {
    advanced(byMilliseconds: UInt64(milliseconds: duration))
  }
}
