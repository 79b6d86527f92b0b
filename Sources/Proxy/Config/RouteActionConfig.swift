/// What a matched request gets.
public enum RouteActionConfig: Equatable, Sendable {
  case forward(ForwardConfig)
  case redirect(RedirectConfig)
  case directResponse(status: Int, body: [UInt8])
}

/// Source: `envoy.config.route.v3.RouteAction`.
public struct ForwardConfig: Equatable, Sendable {
  public enum Destination: Equatable, Sendable {
    case cluster(String)
    /// `cluster_header`: the request header that names the cluster.
    case clusterHeader(String)
    case weighted(WeightedClustersConfig)
  }
  public enum PathRewrite: Equatable, Sendable {
    case none
    case prefix(String)
    case regex(RegexRewriteConfig)
  }
  public enum HostRewrite: Equatable, Sendable {
    case none
    case literal(String)
    case header(String)
    /// `auto_host_rewrite`: the chosen endpoint's host name.
    case auto
  }

  public var destination: Destination
  public var pathRewrite: PathRewrite = .none
  public var hostRewrite: HostRewrite = .none
  /// From the end of the request to the end of the response; nil: no bound (Envoy: 15 s by default).
  public var timeout: Duration? = .seconds(15)
  /// From the first byte of the request to the last of the response; nil: no bound
  /// (`max_stream_duration.max_stream_duration`).
  public var maxStreamDuration: Duration?
  /// The most that a client may ask for by `grpc-timeout`, which takes the place of `maxStreamDuration`;
  /// zero: no bound; nil: as `maxStreamDuration`
  /// (`max_stream_duration.grpc_timeout_header_max`, or `max_grpc_timeout`).
  public var maxGRPCTimeout: Duration?
  /// Taken off a `grpc-timeout` that is longer (`grpc_timeout_header_offset`, `grpc_timeout_offset`).
  public var grpcTimeoutOffset = Duration.zero
  /// For calls of gRPC, `maxGRPCTimeout` stands in place of `timeout` (`max_grpc_timeout`).
  public var boundsCallsByGRPCTimeout = false
  /// Overrides the stream idle timeout of the connection manager; `.zero` switches it off.
  public var idleTimeout: Duration?
  public var hashPolicies: [HashPolicyConfig] = []
  /// Over what the connection manager says.
  public var upgrades: [UpgradeConfig] = []
  /// `cluster_not_found_response_code`.
  public var clusterNotFoundStatus: Int = 503

  public init(destination: Destination) { self.destination = destination }
}

/// Source: `envoy.config.route.v3.WeightedCluster`.
public struct WeightedClustersConfig: Equatable, Sendable {
  public var clusters: [WeightedClusterConfig]
  /// `header_name`: a request header whose unsigned decimal value replaces the random draw.
  public var selectionHeader: String?
  /// `use_hash_policy`: the route's hash replaces the random draw, so that a client stays put.
  public var usesHashPolicy: Bool

  public init(
    clusters: [WeightedClusterConfig], selectionHeader: String? = nil, usesHashPolicy: Bool = false
  ) {
    self.clusters = clusters
    self.selectionHeader = selectionHeader
    self.usesHashPolicy = usesHashPolicy
  }
}

/// Source: `WeightedCluster.ClusterWeight`.
public struct WeightedClusterConfig: Equatable, Sendable {
  public var cluster: String
  public var weight: UInt32
  public var headerMutations: HeaderMutationsConfig
  /// `host_rewrite_literal`.
  public var hostRewrite: String?

  public init(
    cluster: String, weight: UInt32, headerMutations: HeaderMutationsConfig = .init(),
    hostRewrite: String? = nil
  ) {
    self.cluster = cluster
    self.weight = weight
    self.headerMutations = headerMutations
    self.hostRewrite = hostRewrite
  }
}

/// Source: `RouteAction.HashPolicy`.
public struct HashPolicyConfig: Equatable, Sendable {
  public enum Input: Equatable, Sendable {
    case header(String)
    /// Only cookies the client sent; no cookie is set.
    case cookie(name: String)
    case sourceIP
    case queryParameter(String)
  }
  public var input: Input
  /// Stop at this policy when it gave a hash.
  public var terminal: Bool

  public init(input: Input, terminal: Bool = false) {
    self.input = input
    self.terminal = terminal
  }
}

/// Source: `envoy.config.route.v3.RedirectAction`.
public struct RedirectConfig: Equatable, Sendable {
  public enum PathChange: Equatable, Sendable {
    case none
    case replace(String)
    case prefix(String)
    case regex(RegexRewriteConfig)
  }
  /// `scheme_redirect`, or `https` for `https_redirect`.
  public var scheme: String?
  public var host: String?
  public var port: UInt16?
  public var path: PathChange
  /// 301, 302, 303, 307 or 308.
  public var status: Int
  public var stripQuery: Bool

  public init(
    scheme: String? = nil, host: String? = nil, port: UInt16? = nil, path: PathChange = .none,
    status: Int = 301, stripQuery: Bool = false
  ) {
    self.scheme = scheme
    self.host = host
    self.port = port
    self.path = path
    self.status = status
    self.stripQuery = stripQuery
  }
}
