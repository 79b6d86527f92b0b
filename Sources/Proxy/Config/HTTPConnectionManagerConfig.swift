/// How a listener speaks HTTP.
/// Source: `envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager`.
public struct HTTPConnectionManagerConfig: Equatable, Sendable {
  public enum RouteSource: Equatable, Sendable {
    /// `route_config`: the table stands in the listener.
    case inline(RouteConfigurationConfig)
    /// `rds`: the table arrives under this name.
    case rds(name: String)
  }

  /// `path_with_escaped_slashes_action`.
  public enum EscapedSlashes: Equatable, Sendable {
    case keepUnchanged, rejectRequest, unescapeAndRedirect, unescapeAndForward
  }

  /// What becomes of request fields with an underscore in their name, which some servers take for a hyphen.
  /// Source: `headers_with_underscores_action`.
  public enum Underscores: Equatable, Sendable { case allow, rejectRequest, dropField }

  /// Which HTTP clients speak. Source: `codec_type`.
  public enum Codec: Equatable, Sendable {
    /// What the connection's first bytes say, or ALPN.
    case auto
    case http1, http2
  }

  public var statPrefix: String
  public var routes: RouteSource
  public var codec = Codec.auto
  public var http1 = HTTP1OptionsConfig()
  public var http2 = HTTP2OptionsConfig()
  /// Largest accepted request head, in bytes (`max_request_headers_kb`, 60 KiB by default).
  public var maxRequestHeadBytes: Int = 60 * 1024
  /// `common_http_protocol_options.max_headers_count`.
  public var maxHeaderCount: Int = 100
  /// From the first byte of a request to the end of its head; closes slow-header clients.
  public var requestHeadersTimeout: Duration? = .seconds(10)
  /// No byte in either direction on an active stream.
  public var streamIdleTimeout: Duration? = .seconds(300)
  /// From the first byte of a request to the last of its response, where the route says nothing of it
  /// (`common_http_protocol_options.max_stream_duration`); nil: no bound.
  public var maxStreamDuration: Duration?
  /// From head to the end of the request body; nil: no bound.
  public var requestTimeout: Duration?
  /// A connection without a request in flight (`common_http_protocol_options.idle_timeout`).
  public var idleTimeout: Duration? = .seconds(3600)
  /// A connection this old closes behind the response under way, or at once; nil: no bound.
  public var maxConnectionDuration: Duration?
  /// How long a connection that drains waits for a request that may be on its way.
  public var drainTimeout: Duration = .seconds(1)
  /// How long a connection that was answered for the last time may still send what is dropped.
  public var delayedCloseTimeout: Duration = .seconds(1)
  /// `common_http_protocol_options.max_requests_per_connection`; nil: no bound.
  public var maxRequestsPerConnection: Int?
  /// `http_protocol_options.accept_http_10`; else HTTP/1.0 is answered with 426.
  public var acceptHTTP10: Bool = true
  /// What an HTTP/1.0 request asks for that names no host (`default_host_for_http_10`); empty: each
  /// endpoint's own name.
  public var defaultHost = ""
  public var underscores = Underscores.allow
  /// Value of the `server` response header; empty: pass the upstream's through.
  public var serverName: String = ""
  /// `APPEND_IF_ABSENT`: `serverName` is for responses that have no `server`.
  public var keepsServer = false
  /// The client is the connection's peer. Else the client is whom the last `x-forwarded-for` entry
  /// names.
  public var useRemoteAddress: Bool = false
  /// The peer is appended to `x-forwarded-for` (`use_remote_address` without `skip_xff_append`).
  public var appendsForwardedFor: Bool = false
  /// `xff_num_trusted_hops`: proxies before this one whose `x-forwarded-for` entries are trusted.
  public var xffTrustedHops: Int = 0
  /// Adds `x-request-id` where the request has none.
  public var generateRequestID: Bool = true
  public var normalizePath: Bool = false
  public var mergeSlashes: Bool = false
  public var escapedSlashes: EscapedSlashes = .keepUnchanged
  public var stripAnyHostPort: Bool = false
  public var forwardedCertificate = ForwardedCertificateConfig()
  /// Added as `via` to requests and responses; empty: none.
  public var via: String = ""
  /// What holds where a route does not say otherwise.
  public var upgrades: [UpgradeConfig] = []
  /// Calls of gRPC-Web become calls of gRPC (the filter `grpc_web`).
  public var bridgesGRPCWeb = false
  /// nil: calls of gRPC are not counted by themselves (the filter `grpc_stats`).
  public var grpcStats: GRPCStatsConfig?
  public var tracing: TracingConfig?
  public var accessLogs: [AccessLogConfig] = []
  /// `rds.config_source.initial_fetch_timeout`: the listener accepts without its routes then; nil: it
  /// waits for ever.
  public var routesFetchTimeout: Duration? = .initialFetchTimeout

  public init(statPrefix: String, routes: RouteSource) {
    self.statPrefix = statPrefix
    self.routes = routes
  }
}

/// What requests say of their client's certificate, in `x-forwarded-client-cert`.
/// Source: `forward_client_cert_details`, `set_current_client_cert_details`.
public struct ForwardedCertificateConfig: Equatable, Sendable {
  public enum Mode: Equatable, Sendable {
    case sanitize
    /// These keep what the client says where it has shown a certificate of its own.
    case forwardOnly, appendForward
    case sanitizeSet
    /// What the client says is believed, whoever it is.
    case alwaysForwardOnly
  }

  public var mode = Mode.sanitize
  public var includesSubject = false
  public var includesCertificate = false
  public var includesChain = false
  public var includesDNSNames = false
  public var includesURIs = false

  public init() {}
}

/// Which requests are traced, and where spans go.
/// Source: `HttpConnectionManager.Tracing` with `envoy.config.trace.v3.OpenTelemetryConfig`.
public struct TracingConfig: Equatable, Sendable {
  /// Percent of traces sampled when the client did not decide, 0 to 100: what the provider's `sampler`
  /// says, else the lesser of `random_sampling` and `overall_sampling`.
  public var randomSamplingPercent: Double
  /// `OpenTelemetryConfig.sampler` is set.
  public var hasSampler = false
  /// `http_service.http_uri`: the cluster the OTLP/HTTP collector is reached through.
  public var collectorCluster: String
  /// The collector's path, such as `/v1/traces`.
  public var collectorPath: String
  /// The collector's authority, for the Host header.
  public var collectorAuthority: String
  public var collectorTimeout: Duration
  /// Resource attribute `service.name`.
  public var serviceName: String
  /// `spawn_upstream_span`: a client span for each upstream attempt.
  public var spawnsUpstreamSpan: Bool
  /// `custom_tags` that are literals.
  public var literalTags: [LiteralTag]

  public init(
    randomSamplingPercent: Double = 100, collectorCluster: String,
    collectorPath: String = "/v1/traces", collectorAuthority: String = "localhost",
    collectorTimeout: Duration = .seconds(5), serviceName: String = "martlet",
    spawnsUpstreamSpan: Bool = true, literalTags: [LiteralTag] = []
  ) {
    self.randomSamplingPercent = randomSamplingPercent
    self.collectorCluster = collectorCluster
    self.collectorPath = collectorPath
    self.collectorAuthority = collectorAuthority
    self.collectorTimeout = collectorTimeout
    self.serviceName = serviceName
    self.spawnsUpstreamSpan = spawnsUpstreamSpan
    self.literalTags = literalTags
  }

  /// Two that differ only in which spans are made may share batches.
  public var withoutSampling: TracingConfig {
    var config = self
    config.randomSamplingPercent = 100
    config.spawnsUpstreamSpan = true
    return config
  }

  public var collector: CollectorConfig {
    CollectorConfig(
      cluster: collectorCluster, path: collectorPath, authority: collectorAuthority)
  }
}

/// A tag that every span has. Source: `envoy.type.tracing.v3.CustomTag.Literal`.
public struct LiteralTag: Equatable, Sendable {
  public var key: String
  public var value: String

  public init(key: String, value: String) {
    self.key = key
    self.value = value
  }
}

/// Where spans are posted. Source: `envoy.config.core.v3.HttpUri`.
public struct CollectorConfig: Equatable, Sendable {
  /// The cluster it is reached through.
  public var cluster: String
  public var path: String
  public var authority: String

  public init(cluster: String, path: String, authority: String) {
    self.cluster = cluster
    self.path = path
    self.authority = authority
  }
}
