import Platform

/// When a rejection may be told. A control plane that answers each NACK with the same bad resources
/// would otherwise keep both sides busy without end: the first is told at once, those that follow on
/// its heels ever later, until there is quiet.
struct RejectionPacing: Sendable {
  static let firstPause = Duration.milliseconds(200)
  static let longestPause = Duration.seconds(30)

  private var pause = Duration.zero
  private var nextAt = MonotonicInstant(nanoseconds: 0)

  /// A rejection came about; the instant to tell it.
  mutating func onRejection(at now: MonotonicInstant) -> MonotonicInstant {
    if now >= nextAt.advanced(by: pause) { pause = .zero }
    let due = max(now, nextAt)
    pause = pause == .zero ? Self.firstPause : min(pause * 2, Self.longestPause)
    nextAt = due.advanced(by: pause)
    return due
  }
}
