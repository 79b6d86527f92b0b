import Platform

/// Which kind of frames a peer sends without end (RFC 9113 section 10.5).
public enum HTTP2Flood: Int, CaseIterable, Sendable {
  case settings, ping, priority, windowUpdate, emptyFrames, resets, otherFrames
  // These are ended by a size, not by a rate.
  case heads, continuations

  /// A machine-readable word for the log and the counter.
  public var cause: StaticString {
    switch self {
    case .settings: "http2_settings_flood"
    case .ping: "http2_ping_flood"
    case .priority: "http2_priority_flood"
    case .windowUpdate: "http2_window_update_flood"
    case .emptyFrames: "http2_empty_frames_flood"
    case .resets: "http2_rapid_reset"
    case .otherFrames: "http2_other_frames_flood"
    case .heads: "http2_head_far_too_large"
    case .continuations: "http2_continuation_flood"
    }
  }
}

/// Bounds frames that cost us work and bring nothing. A peer may send a burst of each kind, from then
/// on some each second, and more where something useful came of them. A value.
struct FrameBudget {
  private static let burst: Float = 1000
  private static let perSecond: Float = 50

  private var credit = SIMD8<Float>(repeating: burst)
  private var refilled: MonotonicInstant

  init(now: MonotonicInstant) { refilled = now }

  /// - Returns: false when the peer has sent too many of them.
  mutating func spend(_ kind: HTTP2Flood, now: MonotonicInstant) -> Bool {
    credit[kind.rawValue] -= 1
    if credit[kind.rawValue] > 0 { return true }
    refill(now)
    return credit[kind.rawValue] > 0
  }

  /// Something useful happened that explains `count` frames of that kind.
  mutating func earn(_ kind: HTTP2Flood, _ count: Float) {
    credit[kind.rawValue] = min(Self.burst, credit[kind.rawValue] + count)
  }

  private mutating func refill(_ now: MonotonicInstant) {
    let seconds = Float(now.nanoseconds(since: refilled)) / 1e9
    refilled = now
    credit = pointwiseMin(credit + seconds * Self.perSecond, SIMD8(repeating: Self.burst))
  }
}
