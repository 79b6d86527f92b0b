import Platform

/// What the loop calls: something with a descriptor, a timer, or work put off to the next turn.
/// Every call comes on the loop's own thread.
open class EventHandler {
  public init() {}

  /// The descriptor became ready. Edge-triggered: the same readiness is not told twice.
  open func onReady(_ readiness: Readiness) {}

  /// An armed timer's time has come; it is no longer armed.
  open func onTimer(_ kind: TimerKind) {}

  /// The turn asked for with `EventLoop.runSoon`.
  open func onTurn() {}
}

/// Tells a handler's timers apart.
public struct TimerKind: Equatable, Sendable {
  public let rawValue: UInt8
  @inlinable public init(_ rawValue: UInt8) { self.rawValue = rawValue }
}
