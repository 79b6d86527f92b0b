import Platform
import Reactor

extension HTTP1Downstream {
  /// When the connection has lived for `max_connection_duration`; it closes when no request is under
  /// way.
  private var ageLimit: MonotonicInstant {
    acceptedAt.advanced(byMilliseconds: listener.timeouts.connection)
  }

  /// No further request is to be read.
  var isAged: Bool { loop.now >= ageLimit }

  /// The instant the present wait ends for the worse.
  private func currentDeadline() -> MonotonicInstant {
    let timeouts = listener.timeouts
    switch deadline.wait {
    case .nextRequest: return nextRequestDeadline()
    case .requestHead: return deadline.since.advanced(byMilliseconds: timeouts.head)
    case .lingering: return deadline.since.advanced(byMilliseconds: timeouts.delayedClose)
    case .exchange: return exchangeDeadline()
    }
  }

  private func nextRequestDeadline() -> MonotonicInstant {
    let idle = min(
      deadline.since.advanced(byMilliseconds: listener.timeouts.idle), ageLimit)
    guard let began = listener.drainBegan else { return idle }
    return min(idle, max(deadline.since, began).advanced(byMilliseconds: listener.timeouts.drain))
  }

  private func exchangeDeadline() -> MonotonicInstant {
    let idle = idleDeadline()
    if let end = deadline.requestEnd {
      guard let timeout = exchange?.route?.timeoutMilliseconds else { return idle }
      return min(idle, end.advanced(byMilliseconds: timeout))
    }
    return min(idle, deadline.since.advanced(byMilliseconds: requestMilliseconds))
  }

  /// How long the request may take to arrive: `request_timeout`; without one, where the client declared a
  /// length, as long as a head may take and four milliseconds for each byte, so that a body that drips in
  /// holds no connection for ever. A chunked body may be a stream without end, and has the idle timeout
  /// alone.
  private var requestMilliseconds: UInt64 {
    let timeouts = listener.timeouts
    guard timeouts.request == .max, timeouts.head < .max,
      case .length(let count)? = exchange?.requestHead.framing, count < .max / 8
    else { return timeouts.request }
    return timeouts.head + count * 4
  }

  /// When nothing will have moved for too long; a route's idle timeout of zero is none.
  private func idleDeadline() -> MonotonicInstant {
    guard let timeout = exchange?.route?.idleTimeoutMilliseconds else {
      return deadline.lastActivity.advanced(byMilliseconds: listener.timeouts.stream)
    }
    return timeout == 0 ? .never : deadline.lastActivity.advanced(byMilliseconds: timeout)
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
      listener.stats.downstreamConnectionMaxDurationReached.add()
    } else if listener.isDraining {
      listener.stats.downstreamConnectionDrainClose.add()
    } else {
      listener.stats.downstreamConnectionIdleTimeout.add()
    }
  }

  private func expire() {
    switch deadline.wait {
    case .nextRequest:
      countIdleEnd()
      shut()
    case .lingering: shut()
    case .requestHead:
      listener.stats.downstreamRequestHeaderTimeout.add()
      refuseSlowHead()
    case .exchange:
      exchange?.onDeadline(
        requestEnded: deadline.requestEnd != nil, idle: loop.now >= idleDeadline())
    }
    if phase != .closed { armDeadline() }
  }
}
