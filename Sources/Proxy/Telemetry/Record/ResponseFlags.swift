/// Why an exchange did not end as its two sides wished. The letters are Envoy's, which operators know.
public struct ResponseFlags: OptionSet, Hashable, Sendable {
  public let rawValue: UInt32

  @inlinable
  public init(rawValue: UInt32) { self.rawValue = rawValue }

  /// No healthy endpoint in the upstream cluster.
  public static let noHealthyUpstream = Self(rawValue: 1 << 0)
  /// The upstream connection could not be made.
  public static let upstreamConnectionFailure = Self(rawValue: 1 << 1)
  /// A circuit breaker was open.
  public static let upstreamOverflow = Self(rawValue: 1 << 2)
  /// No route matched.
  public static let noRoute = Self(rawValue: 1 << 3)
  /// The route names a cluster that does not exist.
  public static let noCluster = Self(rawValue: 1 << 4)
  /// The upstream took longer than the route's timeout.
  public static let upstreamRequestTimeout = Self(rawValue: 1 << 5)
  /// The client went away.
  public static let downstreamConnectionTermination = Self(rawValue: 1 << 6)
  /// The upstream connection ended before the response did.
  public static let upstreamConnectionTermination = Self(rawValue: 1 << 7)
  /// The response broke its protocol.
  public static let upstreamProtocolError = Self(rawValue: 1 << 8)
  /// The request broke its protocol.
  public static let downstreamProtocolError = Self(rawValue: 1 << 9)
  /// Nothing moved for the stream's idle timeout.
  public static let streamIdleTimeout = Self(rawValue: 1 << 10)
  /// The exchange took longer than it may.
  public static let durationTimeout = Self(rawValue: 1 << 11)
  /// We reset the stream.
  public static let localReset = Self(rawValue: 1 << 12)

  /// The process has little memory left (Envoy's overload manager).
  public static let overload = Self(rawValue: 1 << 13)

  /// The letters by bit, lowest first.
  public static let letters: InlineArray<14, StaticString> = [
    "UH", "UF", "UO", "NR", "NC", "UT", "DC", "UC", "UPE", "DPE", "SI", "DT", "LR", "OM",
  ]
}
