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
    case .exchange: return exchangeDeadline()
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

  private func exchangeDeadline() -> MonotonicInstant {
    let idle = idleDeadline()
    if let end = deadline.requestEnd {
      guard let timeout = exchange?.route?.timeoutMilliseconds else { return idle }
      return min(idle, end.advanced(byMilliseconds: timeout))
    }
    return min(idle, requestDeadline())
  }

  /// How long the request may take to arrive: `request_timeout`; without one, so that a body that drips
  /// in holds no connection for ever, what its framing allows. Nothing runs out while the upstream takes
  /// nothing.
  private func requestDeadline() -> MonotonicInstant {
    guard timeouts.request == .max else {
      return deadline.since.advanced(byMilliseconds: timeouts.request)
    }
    guard timeouts.head < .max, !isReadingPaused, let exchange else { return .never }
    if case .length(let count) = exchange.requestHead.framing {
      let received = exchange.record.requestBodyBytes
      return deadline.since.advanced(
        byMilliseconds: Self.bodyMilliseconds(received, of: count, head: timeouts.head))
    }
    // Chunks may be a stream without end; a line between them, or the trailers, are not.
    return deadline.framingSince?.advanced(byMilliseconds: timeouts.head) ?? .never
  }

  /// As long as a head may take and four milliseconds for each byte declared; of a large body six heads
  /// and four milliseconds for each byte that came.
  private static func bodyMilliseconds(
    _ received: UInt64, of count: UInt64, head: UInt64
  ) -> UInt64 {
    let large = UInt64(1) << 60
    return min(head + min(count, large) * 4, head * 6 + min(received, large) * 4)
  }

  /// When nothing will have moved for too long; a route's idle timeout of zero is none.
  private func idleDeadline() -> MonotonicInstant {
    guard let timeout = exchange?.route?.idleTimeoutMilliseconds else {
      return deadline.lastActivity.advanced(byMilliseconds: timeouts.stream)
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
      exchange?.onDeadline(
        requestEnded: deadline.requestEnd != nil, idle: loop.now >= idleDeadline())
    }
    if phase != .closed { armDeadline() }
  }
}
