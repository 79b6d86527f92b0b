import Config
import Routing
import TLS
import Telemetry

/// From configuration to what workers run on.
extension DataPlane {
  func compile(_ config: ListenerConfig) throws(TLSContextFault) -> CompiledListener {
    var listener = CompiledListener(config: config)
    for (key, chain) in zip(config.filterChainKeys, config.allFilterChains) {
      var compiled = CompiledChain()
      compiled.tls = try context(of: chain, known: key, in: config)
      switch chain.filter {
      case .tcp(let proxy): listener.clusterNames.formUnion(proxy.clusters.map(\.cluster))
      case .http(let manager):
        if case .inline(let routes) = manager.routes {
          compiled.table = compile(routes)
          listener.clusterNames.formUnion(routes.clusterNames)
        }
      }
      listener.chains.append(compiled)
    }
    return listener
  }

  private func context(
    of chain: FilterChainConfig, known key: FilterChainKey, in listener: ListenerConfig
  ) throws(TLSContextFault) -> TLSContext? {
    guard let tls = chain.tls else { return nil }
    return try TLSContext(
      downstream: tls, ticketKeys: ticketKeys,
      scope: ResumptionScope(listener: listener.name, chain: key))
  }

  func compile(_ routes: RouteConfigurationConfig) -> RouteTable {
    RouteTable(compiling: routes, hostName: hostName) { id(ofCluster: $0) }
  }

  /// One plan for each worker.
  func plans(_ version: ListenerVersion) -> [ListenerPlan] {
    let config = version.config
    let listenerStats = stats.listeners.blocks(named: config.name)
    var chains = [[FilterChainPlan]](repeating: [], count: workerCount)
    for (chain, compiled) in zip(config.allFilterChains, version.chains) {
      for (worker, filter) in filters(of: chain, compiled, in: config).enumerated() {
        chains[worker].append(FilterChainPlan(tls: compiled.tls, filter: filter))
      }
    }
    return (0..<workerCount).map {
      ListenerPlan(config: config, stats: listenerStats[$0], chains: chains[$0])
    }
  }

  private func filters(
    of chain: FilterChainConfig, _ compiled: CompiledChain, in listener: ListenerConfig
  ) -> [FilterPlan] {
    switch chain.filter {
    case .tcp(let proxy):
      let blocks = stats.tcp.blocks(named: proxy.statPrefix)
      statPrefixes[listener.name, default: []].insert(proxy.statPrefix)
      let clusters = proxy.clusters.map {
        WeightedClusterPlan(id: id(ofCluster: $0.cluster), weight: $0.weight)
      }
      return (0..<workerCount).map { .tcp(proxy, clusters: clusters, stats: blocks[$0]) }
    case .http(let manager):
      let blocks = stats.http.blocks(named: manager.statPrefix)
      statPrefixes[listener.name, default: []].insert(manager.statPrefix)
      let table = compiled.table ?? manager.routeName.flatMap { routes[$0]?.active?.table }
      return (0..<workerCount).map { .http(manager, table: table, stats: blocks[$0]) }
    }
  }
}
