import Platform

/// A group of endpoints that serve the same thing. Source: `envoy.config.cluster.v3.Cluster`.
public struct ClusterConfig: Equatable, Sendable {
  public enum Discovery: Equatable, Sendable {
    case staticEndpoints(EndpointSet)
    case strictDNS(DNSDiscovery)
    /// Endpoints arrive over EDS under this name (`service_name`, or the cluster's name).
    case eds(serviceName: String)
  }
  public enum LoadBalancing: Equatable, Sendable {
    case roundRobin
    /// The less loaded of `choiceCount` random endpoints.
    case leastRequest(choiceCount: Int)
    case random
  }

  /// Which HTTP is spoken to the endpoints. Source: `HttpProtocolOptions.upstream_protocol_options`.
  public enum HTTPProtocol: Equatable, Sendable {
    case http1
    case http2(HTTP2OptionsConfig)
    /// `use_downstream_protocol_config`: what the client speaks.
    case asDownstream(HTTP2OptionsConfig)
    /// `auto_config`: what an endpoint chooses by ALPN; needs TLS.
    case auto(HTTP2OptionsConfig)
  }

  public var name: String
  public var discovery: Discovery
  public var httpProtocol = HTTPProtocol.http1
  public var http1 = HTTP1OptionsConfig()
  /// nil: plain text.
  public var tls: UpstreamTLSConfig?
  /// `eds_config.initial_fetch_timeout`: what needs the endpoints waits no longer for them; nil: for ever.
  public var initialFetchTimeout: Duration? = .initialFetchTimeout
  public var loadBalancing: LoadBalancing = .roundRobin
  public var connectTimeout: Duration = .seconds(5)
  /// Closes a pooled connection unused for this long.
  public var idleTimeout: Duration? = .seconds(3600)
  /// `max_requests_per_connection`; nil: no bound.
  public var maxRequestsPerConnection: Int?
  /// A connection of this age takes nothing more on (`max_connection_duration`); nil: no bound.
  public var maxConnectionDuration: Duration?
  /// From the beginning of an attempt to its end (`max_stream_duration`); nil: no bound.
  public var maxStreamDuration: Duration?
  /// Largest accepted response head, in bytes (`max_response_headers_kb`).
  public var maxHeadBytes = 60 * 1024
  /// Fields of a response's head (`max_headers_count`).
  public var maxHeaderCount = 100
  public var circuitBreakers = CircuitBreakersConfig()
  /// `common_lb_config.healthy_panic_threshold`, percent; below it unhealthy endpoints are used too.
  public var panicThresholdPercent: Double = 50

  public init(name: String, discovery: Discovery) {
    self.name = name
    self.discovery = discovery
  }
}

extension Duration {
  /// `ConfigSource.initial_fetch_timeout` where it is not set.
  public static let initialFetchTimeout = Duration.seconds(15)
}

/// Source: `envoy.config.cluster.v3.CircuitBreakers.Thresholds` of default priority.
public struct CircuitBreakersConfig: Equatable, Sendable {
  public var maxConnections: Int = 1024
  public var maxPendingRequests: Int = 1024
  public var maxRequests: Int = 1024
  public init() {}
}

/// Names resolved again and again; every address of every name is an endpoint.
public struct DNSDiscovery: Equatable, Sendable {
  public enum Lookup: Equatable, Sendable { case auto, ipv4Only, ipv6Only, ipv4Preferred, all }
  public struct Name: Equatable, Sendable {
    public var host: String
    public var port: UInt16
    public var weight: UInt32
    public var health: EndpointConfig.Health
    public var locality: LocalityConfig
    public var priority: Int
    /// `load_balancing_weight` of the locality; nil: unset.
    public var localityWeight: UInt32?

    public init(
      host: String, port: UInt16, weight: UInt32 = 1, health: EndpointConfig.Health = .healthy,
      locality: LocalityConfig = .init(), priority: Int = 0, localityWeight: UInt32? = nil
    ) {
      self.host = host
      self.port = port
      self.weight = weight
      self.health = health
      self.locality = locality
      self.priority = priority
      self.localityWeight = localityWeight
    }
  }
  public var names: [Name]
  public var lookup: Lookup
  public var refreshRate: Duration
  public var respectsTTL: Bool
  /// `policy.overprovisioning_factor`, percent.
  public var overprovisioningPercent: UInt32 = 140

  public init(
    names: [Name], lookup: Lookup = .auto, refreshRate: Duration = .seconds(5),
    respectsTTL: Bool = true
  ) {
    self.names = names
    self.lookup = lookup
    self.refreshRate = refreshRate
    self.respectsTTL = respectsTTL
  }
}

/// Source: `envoy.config.core.v3.Locality`.
public struct LocalityConfig: Hashable, Sendable {
  public var region: String
  public var zone: String
  public var subZone: String

  public init(region: String = "", zone: String = "", subZone: String = "") {
    self.region = region
    self.zone = zone
    self.subZone = subZone
  }
}

/// What a cluster balances over. Source: `envoy.config.endpoint.v3.ClusterLoadAssignment`.
public struct EndpointSet: Equatable, Sendable {
  public var clusterName: String
  public var localities: [LocalityEndpoints]
  /// `policy.overprovisioning_factor`, percent.
  public var overprovisioningPercent: UInt32

  public init(
    clusterName: String, localities: [LocalityEndpoints], overprovisioningPercent: UInt32 = 140
  ) {
    self.clusterName = clusterName
    self.localities = localities
    self.overprovisioningPercent = overprovisioningPercent
  }
}

/// Source: `envoy.config.endpoint.v3.LocalityLbEndpoints`.
public struct LocalityEndpoints: Equatable, Sendable {
  public var locality: LocalityConfig
  /// 0 is tried first.
  public var priority: Int
  /// `load_balancing_weight` of the locality; nil: unset.
  public var weight: UInt32?
  public var endpoints: [EndpointConfig]

  public init(
    locality: LocalityConfig = .init(), priority: Int = 0, weight: UInt32? = nil,
    endpoints: [EndpointConfig]
  ) {
    self.locality = locality
    self.priority = priority
    self.weight = weight
    self.endpoints = endpoints
  }
}

/// Source: `envoy.config.endpoint.v3.LbEndpoint`.
public struct EndpointConfig: Equatable, Sendable {
  public enum Health: Equatable, Sendable { case healthy, unhealthy, degraded, draining }
  public var address: SocketAddress
  public var hostname: String
  /// At least 1.
  public var weight: UInt32
  public var health: Health

  public init(
    address: SocketAddress, hostname: String = "", weight: UInt32 = 1, health: Health = .healthy
  ) {
    self.address = address
    self.hostname = hostname
    self.weight = weight
    self.health = health
  }
}
