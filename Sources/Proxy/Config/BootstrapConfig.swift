import Platform

/// What a process starts with. Source: `envoy.config.bootstrap.v3.Bootstrap`.
public struct BootstrapConfig: Equatable, Sendable {
  public var node: NodeConfig
  public var adminAddress: SocketAddress?
  public var listeners: [ListenerConfig]
  public var clusters: [ClusterConfig]
  /// nil: everything is static.
  public var ads: ADSConfig?
  /// Where spans go by default: those of TCP connections, and of connection managers that are told to
  /// trace and name no provider (`Bootstrap.tracing`).
  public var tracing: TracingConfig?
  /// How the names of endpoints are looked up (`Bootstrap.typed_dns_resolver_config`).
  public var resolver = ResolverConfig()

  public init(
    node: NodeConfig, adminAddress: SocketAddress? = nil, listeners: [ListenerConfig] = [],
    clusters: [ClusterConfig] = [], ads: ADSConfig? = nil, tracing: TracingConfig? = nil
  ) {
    self.node = node
    self.adminAddress = adminAddress
    self.listeners = listeners
    self.clusters = clusters
    self.ads = ads
    self.tracing = tracing
  }

  /// Clusters whose endpoints are spoken to over TLS, by name.
  public var secureClusters: Set<String> { Set(clusters.filter { $0.tls != nil }.map(\.name)) }
}

/// Who this proxy is to its control plane. Source: `envoy.config.core.v3.Node`.
public struct NodeConfig: Equatable, Sendable {
  public var id: String
  public var cluster: String
  public var locality: LocalityConfig
  /// The node message in protobuf's wire form, user agent included, for discovery requests.
  public var encoded: [UInt8]

  public init(
    id: String, cluster: String, locality: LocalityConfig = .init(), encoded: [UInt8] = []
  ) {
    self.id = id
    self.cluster = cluster
    self.locality = locality
    self.encoded = encoded
  }
}

/// The aggregated discovery stream. Source: `Bootstrap.DynamicResources.ads_config`.
public struct ADSConfig: Equatable, Sendable {
  /// The static cluster that reaches the control plane (`grpc_services[0].envoy_grpc.cluster_name`).
  public var cluster: String
  /// `:authority` of the stream; empty: the cluster's name.
  public var authority: String
  public var subscribesToListeners: Bool
  public var subscribesToClusters: Bool

  public init(
    cluster: String, authority: String = "", subscribesToListeners: Bool = true,
    subscribesToClusters: Bool = true
  ) {
    self.cluster = cluster
    self.authority = authority
    self.subscribesToListeners = subscribesToListeners
    self.subscribesToClusters = subscribesToClusters
  }
}
