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
  /// Retries, or connection attempts, were used up.
  public static let retryLimitExceeded = Self(rawValue: 1 << 4)
  /// The route names a cluster that does not exist.
  public static let noCluster = Self(rawValue: 1 << 5)
  /// The upstream took longer than the route's timeout.
  public static let upstreamRequestTimeout = Self(rawValue: 1 << 6)
  /// The client went away.
  public static let downstreamConnectionTermination = Self(rawValue: 1 << 7)
  public static let failedLocalHealthCheck = Self(rawValue: 1 << 8)
  /// The upstream connection ended before the response did.
  public static let upstreamConnectionTermination = Self(rawValue: 1 << 9)
  /// The upstream reset the stream.
  public static let upstreamRemoteReset = Self(rawValue: 1 << 10)
  /// The response broke its protocol.
  public static let upstreamProtocolError = Self(rawValue: 1 << 11)
  /// The request broke its protocol.
  public static let downstreamProtocolError = Self(rawValue: 1 << 12)
  public static let delayInjected = Self(rawValue: 1 << 13)
  public static let faultInjected = Self(rawValue: 1 << 14)
  public static let rateLimited = Self(rawValue: 1 << 15)
  public static let unauthorizedExternally = Self(rawValue: 1 << 16)
  public static let rateLimitServiceError = Self(rawValue: 1 << 17)
  /// Nothing moved for the stream's idle timeout.
  public static let streamIdleTimeout = Self(rawValue: 1 << 18)
  public static let invalidRequestHeaders = Self(rawValue: 1 << 19)
  /// The exchange took longer than it may.
  public static let durationTimeout = Self(rawValue: 1 << 20)
  public static let noFilterConfiguration = Self(rawValue: 1 << 21)
  /// Refused because the proxy itself is overloaded.
  public static let overloadManager = Self(rawValue: 1 << 22)
  public static let upstreamMaxStreamDurationReached = Self(rawValue: 1 << 23)
  public static let dropOverload = Self(rawValue: 1 << 24)
  /// We reset the stream.
  public static let localReset = Self(rawValue: 1 << 25)
  /// The client reset the stream.
  public static let downstreamRemoteReset = Self(rawValue: 1 << 26)
  /// The cluster's names did not resolve.
  public static let dnsResolutionFailure = Self(rawValue: 1 << 27)

  /// The letters by bit, lowest first.
  public static let letters: InlineArray<28, StaticString> = [
    "UH", "UF", "UO", "NR", "URX", "NC", "UT", "DC", "LH", "UC", "UR", "UPE", "DPE", "DI", "FI",
    "RL", "UAEX", "RLSE", "SI", "IH", "DT", "NFCF", "OM", "UMSDR", "DO", "LR", "DR", "DF",
  ]
}
