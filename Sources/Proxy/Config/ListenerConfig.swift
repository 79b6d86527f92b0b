import Platform

/// One listening socket and what it does with the connections it accepts.
/// Source: `envoy.config.listener.v3.Listener`.
public struct ListenerConfig: Equatable, Sendable {
  public var name: String
  public var address: SocketAddress
  /// At least one, or `defaultFilterChain`.
  public var filterChains: [FilterChainConfig]
  /// For connections that no other one matches; nil: they are closed.
  public var defaultFilterChain: FilterChainConfig?
  /// The client's first message is looked at before a chain is chosen (`tls_inspector`).
  public var inspectsTLS = false
  /// How long that message may take (`listener_filters_timeout`).
  public var inspectionTimeout: Duration = .seconds(15)
  /// A client that has not sent it by then is taken for one that speaks no TLS.
  public var continuesOnInspectionTimeout = false
  public var tcpBacklog: Int
  public var trafficDirection: TrafficDirection

  public init(
    name: String, address: SocketAddress, filterChains: [FilterChainConfig], tcpBacklog: Int = 1024,
    trafficDirection: TrafficDirection = .unspecified
  ) {
    self.name = name
    self.address = address
    self.filterChains = filterChains
    self.tcpBacklog = tcpBacklog
    self.trafficDirection = trafficDirection
  }

  /// The default one last.
  public var allFilterChains: [FilterChainConfig] {
    filterChains + (defaultFilterChain.map { [$0] } ?? [])
  }

  /// A client's first message has to be looked at before a chain is chosen.
  public var needsClientHello: Bool {
    inspectsTLS || filterChains.contains { $0.match.needsClientHello }
  }
}

extension ListenerConfig {
  /// The connection managers of its filter chains.
  public var managers: [HTTPConnectionManagerConfig] {
    allFilterChains.compactMap { if case .http(let manager) = $0.filter { manager } else { nil } }
  }

  /// The route tables it is given over RDS.
  public var routeNames: [String] {
    managers.compactMap(\.routeName).reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
  }
}

extension HTTPConnectionManagerConfig {
  /// The route table it is given over RDS; nil: it has its own.
  public var routeName: String? { if case .rds(let name) = routes { name } else { nil } }
}

public enum TrafficDirection: Equatable, Sendable { case unspecified, inbound, outbound }

/// The terminal network filter of a chain.
public enum NetworkFilterConfig: Equatable, Sendable {
  case http(HTTPConnectionManagerConfig)
  case tcp(TCPProxyConfig)
}

/// Source: `envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy`.
public struct TCPProxyConfig: Equatable, Sendable {
  public var statPrefix: String
  /// One entry for `cluster`, several for `weighted_clusters`.
  public var clusters: [WeightedClusterConfig]
  /// Closes the connection when no byte passed for this long; nil never.
  public var idleTimeout: Duration?
  /// Closes a connection of this age; nil never.
  public var maxConnectionDuration: Duration?
  public var maxConnectAttempts: Int
  /// The listener's own logs and the filter's.
  public var accessLogs: [AccessLogConfig]
  /// `Bootstrap.tracing`: a span for each connection; nil: none.
  public var tracing: TracingConfig?

  public init(
    statPrefix: String, clusters: [WeightedClusterConfig], idleTimeout: Duration? = .seconds(3600),
    maxConnectAttempts: Int = 1, accessLogs: [AccessLogConfig] = [], tracing: TracingConfig? = nil
  ) {
    self.statPrefix = statPrefix
    self.clusters = clusters
    self.idleTimeout = idleTimeout
    self.maxConnectAttempts = maxConnectAttempts
    self.accessLogs = accessLogs
    self.tracing = tracing
  }
}

/// Where access log lines go. Source: `envoy.config.accesslog.v3.AccessLog`.
public struct AccessLogConfig: Equatable, Sendable {
  public enum Sink: Equatable, Sendable, CustomStringConvertible {
    case standardOutput
    case standardError
    case file(path: String)

    public var description: String {
      switch self {
      case .standardOutput: "standard output"
      case .standardError: "standard error"
      case .file(let path): path
      }
    }
  }
  public var sink: Sink
  /// JSON keys and their Envoy format strings (`%RESPONSE_CODE%`), in order; empty: our own set.
  public var jsonFields: [JSONField]

  public struct JSONField: Equatable, Sendable {
    public var key: String
    public var format: FormatString
    public init(key: String, format: FormatString) {
      self.key = key
      self.format = format
    }
  }

  public init(sink: Sink, jsonFields: [JSONField] = []) {
    self.sink = sink
    self.jsonFields = jsonFields
  }
}
