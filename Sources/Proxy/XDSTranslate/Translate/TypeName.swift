/// The message types that the translation names.
enum TypeName {
  static let bootstrap = "envoy.config.bootstrap.v3.Bootstrap"
  static let listener = "envoy.config.listener.v3.Listener"
  static let cluster = "envoy.config.cluster.v3.Cluster"
  static let routeConfiguration = "envoy.config.route.v3.RouteConfiguration"
  static let clusterLoadAssignment = "envoy.config.endpoint.v3.ClusterLoadAssignment"
  static let httpConnectionManager =
    "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager"
  static let tcpProxy = "envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy"
  static let downstreamTLS = tls + "DownstreamTlsContext"
  static let upstreamTLS = tls + "UpstreamTlsContext"
  private static let tls = "envoy.extensions.transport_sockets.tls.v3."
  static let rawBuffer = "envoy.extensions.transport_sockets.raw_buffer.v3.RawBuffer"
  static let tlsInspector =
    "envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector"
  static let preserveCase =
    "envoy.extensions.http.header_formatters.preserve_case.v3.PreserveCaseFormatterConfig"
  static let router = "envoy.extensions.filters.http.router.v3.Router"
  static let fileAccessLog = "envoy.extensions.access_loggers.file.v3.FileAccessLog"
  static let stdoutAccessLog = "envoy.extensions.access_loggers.stream.v3.StdoutAccessLog"
  static let stderrAccessLog = "envoy.extensions.access_loggers.stream.v3.StderrAccessLog"
  static let openTelemetry = "envoy.config.trace.v3.OpenTelemetryConfig"
  static let alwaysOnSampler = samplers + "AlwaysOnSamplerConfig"
  static let parentBasedSampler = samplers + "ParentBasedSamplerConfig"
  static let ratioSampler = samplers + "TraceIdRatioBasedSamplerConfig"
  private static let samplers = "envoy.extensions.tracers.opentelemetry.samplers.v3."
  static let caresResolver =
    "envoy.extensions.network.dns_resolver.cares.v3.CaresDnsResolverConfig"
  static let httpProtocolOptions = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions"
  static let discoveryRequest = "envoy.service.discovery.v3.DiscoveryRequest"
  static let discoveryResponse = "envoy.service.discovery.v3.DiscoveryResponse"
  static let resource = "envoy.service.discovery.v3.Resource"
  static let semanticVersion = "envoy.type.v3.SemanticVersion"
  static let buildVersion = "envoy.config.core.v3.BuildVersion"
  static let node = "envoy.config.core.v3.Node"
  static let status = "google.rpc.Status"
}
