import Config
import Routing
import Telemetry

/// From configuration to what workers run on.
extension DataPlane {
  func compile(_ config: ListenerConfig) -> CompiledListener {
    switch config.filter {
    case .tcp(let proxy):
      return CompiledListener(config: config, clusterNames: Set(proxy.clusters.map(\.cluster)))
    case .http(let manager):
      guard case .inline(let routes) = manager.routes else {
        return CompiledListener(config: config)
      }
      return CompiledListener(
        config: config, table: compile(routes), clusterNames: routes.clusterNames)
    }
  }

  func compile(_ routes: RouteConfigurationConfig) -> RouteTable {
    RouteTable(compiling: routes, hostName: hostName) { id(ofCluster: $0) }
  }

  /// One plan for each worker.
  func plans(_ version: ListenerVersion) -> [ListenerPlan] {
    switch version.config.filter {
    case .tcp(let proxy): plans(version.config, proxy)
    case .http(let manager):
      plans(
        version.config, manager,
        version.table ?? version.config.routeName.flatMap { routes[$0]?.active?.table })
    }
  }

  private func plans(_ config: ListenerConfig, _ proxy: TCPProxyConfig) -> [ListenerPlan] {
    let listenerStats = stats.listeners.blocks(named: config.name)
    let tcpStats = stats.tcp.blocks(named: proxy.statPrefix)
    statPrefixes[config.name, default: []].insert(proxy.statPrefix)
    let clusters = proxy.clusters.map {
      WeightedClusterPlan(id: id(ofCluster: $0.cluster), weight: $0.weight)
    }
    return (0..<workerCount).map {
      ListenerPlan(
        config: config, stats: listenerStats[$0],
        filter: .tcp(proxy, clusters: clusters, stats: tcpStats[$0]))
    }
  }

  private func plans(
    _ config: ListenerConfig, _ manager: HTTPConnectionManagerConfig, _ table: RouteTable?
  ) -> [ListenerPlan] {
    let listenerStats = stats.listeners.blocks(named: config.name)
    let httpStats = stats.http.blocks(named: manager.statPrefix)
    statPrefixes[config.name, default: []].insert(manager.statPrefix)
    return (0..<workerCount).map {
      ListenerPlan(
        config: config, stats: listenerStats[$0],
        filter: .http(manager, table: table, stats: httpStats[$0]))
    }
  }
}
