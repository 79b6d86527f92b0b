import Platform

/// When an exchange ends for the worse, whatever the protocol.
extension DownstreamDeadline {
  /// - Parameter isPaused: what arrives of the request is not taken for now.
  func exchangeDeadline(
    of exchange: Exchange, _ timeouts: DownstreamTimeouts, isPaused: Bool
  ) -> MonotonicInstant {
    var idle = idleDeadline(of: exchange, timeouts)
    let isAnswered = exchange.isAnswered
    if !isAnswered { idle = min(idle, min(exchange.callDeadline, exchange.attemptDeadline)) }
    if exchange.tunnel == .open { return idle }
    // A request for a tunnel is whole with its head.
    if let end = requestEnd ?? (exchange.tunnel == .asked ? since : nil) {
      guard !isAnswered, let timeout = exchange.timeoutMilliseconds else { return idle }
      return min(idle, end.advanced(byMilliseconds: timeout))
    }
    return min(idle, requestDeadline(of: exchange, timeouts, isPaused: isPaused))
  }

  /// When nothing will have moved for too long; a route's idle timeout of zero is none.
  func idleDeadline(of exchange: Exchange, _ timeouts: DownstreamTimeouts) -> MonotonicInstant {
    guard let timeout = exchange.route?.idleTimeoutMilliseconds else {
      return lastActivity.advanced(byMilliseconds: timeouts.stream)
    }
    return timeout == 0 ? .never : lastActivity.advanced(byMilliseconds: timeout)
  }

  /// How long the request may take to arrive: `request_timeout`; without one, so that a body that drips
  /// in holds no connection for ever, what its framing and its speed allow. Nothing runs out while the
  /// upstream takes nothing.
  private func requestDeadline(
    of exchange: Exchange, _ timeouts: DownstreamTimeouts, isPaused: Bool
  ) -> MonotonicInstant {
    guard timeouts.request == .max else { return since.advanced(byMilliseconds: timeouts.request) }
    guard timeouts.head < .max, !isPaused else { return .never }
    let received = exchange.record.requestBodyBytes
    if case .length(let count) = exchange.requestHead.framing {
      return since.advanced(
        byMilliseconds: Self.bodyMilliseconds(received, of: count, head: timeouts.head))
    }
    // A line between chunks, or the trailers, are never a stream.
    let framing = framingSince?.advanced(byMilliseconds: timeouts.head) ?? .never
    if exchange.mayStreamRequest { return framing }
    let body = Self.bodyMilliseconds(received, of: .max, head: timeouts.head)
    return min(framing, since.advanced(byMilliseconds: body))
  }

  /// As long as a head may take and four milliseconds for each byte declared; of a large body six heads
  /// and four milliseconds for each byte that came.
  private static func bodyMilliseconds(
    _ received: UInt64, of count: UInt64, head: UInt64
  ) -> UInt64 {
    let large = UInt64(1) << 60
    return min(head + min(count, large) * 4, head * 6 + min(received, large) * 4)
  }
}
