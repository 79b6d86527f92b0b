import Platform
import Reactor

extension HTTP1Downstream {
  private var timeouts: DownstreamTimeouts { manager.rules.timeouts }

  /// When the connection has lived for `max_connection_duration`; it closes when no request is under
  /// way.
  private var ageLimit: MonotonicInstant {
    acceptedAt.advanced(byMilliseconds: timeouts.connection)
  }

  /// No further request is to be read.
  var isAged: Bool { loop.now >= ageLimit }

  /// The instant the present wait ends for the worse.
  private func currentDeadline() -> MonotonicInstant {
    switch phase {
    case .idle: return nextRequestDeadline()
    case .head: return deadline.since.advanced(byMilliseconds: timeouts.head)
    case .exchange:
      guard let exchange else { return .never }
      return deadline.exchangeDeadline(of: exchange, timeouts, isPaused: isReadingPaused)
    case .lingering: return deadline.since.advanced(byMilliseconds: timeouts.delayedClose)
    case .closed: return .never
    }
  }

  private func nextRequestDeadline() -> MonotonicInstant {
    let idle = min(
      deadline.since.advanced(byMilliseconds: timeouts.idle), ageLimit)
    guard let began = manager.drainBegan else { return idle }
    return min(idle, max(deadline.since, began).advanced(byMilliseconds: timeouts.drain))
  }

  /// Call when a wait begins that may end earlier than the one before.
  func armDeadline() {
    let due = currentDeadline()
    guard deadline.isLate(for: due) else { return }
    disarmDeadline()
    deadline.armed(loop.arm(self, TimerKind(0), at: due), for: due)
  }

  func disarmDeadline() {
    if let timer = deadline.timer { loop.disarm(timer) }
    deadline.fired()
  }

  func onDeadlineTimer() {
    deadline.fired()
    guard phase != .closed else { return }
    if loop.now < currentDeadline() { return armDeadline() }
    expire()
  }

  private func countIdleEnd() {
    if isAged {
      manager.stats.downstreamConnectionMaxDurationReached.add()
    } else if manager.isDraining {
      manager.stats.downstreamConnectionDrainClose.add()
    } else {
      manager.stats.downstreamConnectionIdleTimeout.add()
    }
  }

  private func expire() {
    switch phase {
    case .idle:
      countIdleEnd()
      shut()
    case .lingering, .closed: shut()
    case .head:
      manager.stats.downstreamRequestHeaderTimeout.add()
      refuseSlowHead()
    case .exchange:
      guard let exchange else { return }
      exchange.onDeadline(
        requestEnded: deadline.requestEnd != nil,
        idle: loop.now >= deadline.idleDeadline(of: exchange, timeouts))
    }
    if phase != .closed { armDeadline() }
  }
}
