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
  static let router = "envoy.extensions.filters.http.router.v3.Router"
  static let fileAccessLog = "envoy.extensions.access_loggers.file.v3.FileAccessLog"
  static let stdoutAccessLog = "envoy.extensions.access_loggers.stream.v3.StdoutAccessLog"
  static let stderrAccessLog = "envoy.extensions.access_loggers.stream.v3.StderrAccessLog"
  static let openTelemetry = "envoy.config.trace.v3.OpenTelemetryConfig"
  static let httpProtocolOptions = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions"
  static let discoveryRequest = "envoy.service.discovery.v3.DiscoveryRequest"
  static let discoveryResponse = "envoy.service.discovery.v3.DiscoveryResponse"
  static let resource = "envoy.service.discovery.v3.Resource"
  static let semanticVersion = "envoy.type.v3.SemanticVersion"
  static let buildVersion = "envoy.config.core.v3.BuildVersion"
  static let node = "envoy.config.core.v3.Node"
  static let status = "google.rpc.Status"
}
