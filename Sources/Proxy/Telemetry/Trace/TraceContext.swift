import HTTPModel

/// An exchange's place in a distributed trace (W3C Trace Context, level 1 and 2).
public struct TraceContext: Equatable, Sendable {
  /// The trace's id, in two words; never both zero once begun.
  public var traceHigh: UInt64 = 0
  public var traceLow: UInt64 = 0
  /// The caller's span; 0: this exchange is the trace's root.
  public var parentSpanID: UInt64 = 0
  /// The span of this exchange.
  public var spanID: UInt64 = 0
  public var flags: TraceFlags = []
  /// The `tracestate` that goes on, in the bytes of the request's head; empty: none.
  public var state = ByteRange.empty

  @inlinable public init() {}

  @inlinable public var isSampled: Bool { flags.contains(.sampled) }
}

/// The flags of `traceparent` that are defined; all others are sent as zero.
public struct TraceFlags: OptionSet, Sendable {
  public let rawValue: UInt8
  @inlinable public init(rawValue: UInt8) { self.rawValue = rawValue }
  /// The caller may have recorded its span.
  public static let sampled = TraceFlags(rawValue: 1)
  /// The low 7 bytes of the trace's id are random.
  public static let randomTraceID = TraceFlags(rawValue: 2)
}

/// Three random words, drawn by the caller from its worker's generator.
public struct TraceIdentifiers: Sendable {
  var traceHigh: UInt64
  var traceLow: UInt64
  var spanID: UInt64

  /// A zero, forbidden as an id, becomes one.
  public init(traceHigh: UInt64, traceLow: UInt64, spanID: UInt64) {
    self.traceHigh = traceHigh
    self.traceLow = traceHigh | traceLow == 0 ? 1 : traceLow
    self.spanID = spanID == 0 ? 1 : spanID
  }
}

/// Decides by the trace's id, so that every proxy with the same share decides alike.
public struct TraceSampler: Equatable, Sendable {
  /// Trace ids whose low 56 bits are below it are not sampled.
  let rejectionThreshold: UInt64

  /// - Parameter percent: 0 to 100, of the traces that begin here; what lies outside is clamped.
  public init(percent: Double) {
    let share = percent.isNaN ? 0 : min(max(percent / 100, 0), 1)
    rejectionThreshold = UInt64((1 - share) * Double(1 << 56 as UInt64))
  }

  func samples(traceLow: UInt64) -> Bool { traceLow & (1 << 56 &- 1) >= rejectionThreshold }
}
