import MeshModel
import SwiftProtobuf
import XDSProtos

/// Roles to listeners.
struct ListenerTranslation {
  typealias Listener = Envoy_Config_Listener_V3_Listener
  typealias ConnectionManager =
    Envoy_Extensions_Filters_Network_HttpConnectionManager_V3_HttpConnectionManager

  let options: TranslationOptions
  let profile: ProxyProfile

  func listeners() -> [Listener] {
    switch profile.role {
    case .ingress: [ingress]
    case .sidecar: [outbound] + (profile.appPort == nil ? [] : [inbound])
    }
  }

  // MARK: Listeners

  private var outbound: Listener {
    listener(
      "outbound", .tcp("127.0.0.1", port: profile.outboundPort), .outbound, routed("outbound"))
  }

  private var ingress: Listener {
    var manager = routed("ingress")
    manager.useRemoteAddress = Google_Protobuf_BoolValue(true)
    return listener("ingress", .tcp("0.0.0.0", port: profile.ingressPort), .unspecified, manager)
  }

  private var inbound: Listener {
    var manager = connectionManager("inbound")
    var route = Envoy_Config_Route_V3_Route()
    route.match.prefix = "/"
    route.route.cluster = ClusterTranslation.applicationName
    route.route.timeout = .seconds(0)
    var host = Envoy_Config_Route_V3_VirtualHost()
    host.name = "inbound"
    host.domains = ["*"]
    host.routes = [route]
    manager.routeConfig.name = "inbound"
    manager.routeConfig.virtualHosts = [host]
    return listener("inbound", .tcp("0.0.0.0", port: profile.inboundPort), .inbound, manager)
  }

  private func listener(
    _ name: String, _ address: Envoy_Config_Core_V3_Address,
    _ direction: Envoy_Config_Core_V3_TrafficDirection, _ manager: ConnectionManager
  ) -> Listener {
    var filter = Envoy_Config_Listener_V3_Filter()
    filter.name = "envoy.filters.network.http_connection_manager"
    filter.typedConfig = EncodedResource.pack(manager)
    var chain = Envoy_Config_Listener_V3_FilterChain()
    chain.filters = [filter]
    var listener = Listener()
    listener.name = name
    listener.address = address
    listener.trafficDirection = direction
    listener.filterChains = [chain]
    return listener
  }

  // MARK: Connection managers

  private func routed(_ name: String) -> ConnectionManager {
    var manager = connectionManager(name)
    manager.rds.configSource = .overADS
    manager.rds.routeConfigName = RouteTranslation.name
    return manager
  }

  private func connectionManager(_ name: String) -> ConnectionManager {
    var manager = ConnectionManager()
    manager.statPrefix = name
    var router = Envoy_Extensions_Filters_Network_HttpConnectionManager_V3_HttpFilter()
    router.name = "envoy.filters.http.router"
    router.typedConfig = EncodedResource.pack(Envoy_Extensions_Filters_Http_Router_V3_Router())
    manager.httpFilters = [router]
    if let collector = options.collector { manager.tracing = tracing(to: collector) }
    if options.hasAccessLog { manager.accessLog = [AccessLogFormat.log] }
    return manager
  }

  private func tracing(to collector: TraceCollector) -> ConnectionManager.Tracing {
    var exporter = Envoy_Config_Trace_V3_OpenTelemetryConfig()
    exporter.serviceName = profile.cluster.isEmpty ? profile.node : profile.cluster
    exporter.httpService.httpUri.uri = collector.url
    exporter.httpService.httpUri.cluster = ClusterTranslation.collectorName
    exporter.httpService.httpUri.timeout = .seconds(5)
    var tracing = ConnectionManager.Tracing()
    tracing.randomSampling.value = options.traceRatio * 100
    tracing.spawnUpstreamSpan = Google_Protobuf_BoolValue(true)
    tracing.provider.name = "envoy.tracers.opentelemetry"
    tracing.provider.typedConfig = EncodedResource.pack(exporter)
    return tracing
  }
}
