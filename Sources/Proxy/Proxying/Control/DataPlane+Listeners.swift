import Config
import Platform
import Routing
import Sockets
import Telemetry

/// A listener as the control loop knows it.
struct ListenerState {
  var config: ListenerConfig
  /// The workers have it.
  var isActive = false
}

/// A route table as the control loop knows it.
struct RouteState {
  var config: RouteConfigurationConfig
  /// The newest version.
  var table: RouteTable
  /// The version the workers have.
  var active: RouteTable?
}

extension DataPlane {
  // MARK: listeners

  /// Adds or changes listeners; unnamed ones stay as they are.
  /// - Returns: what was rejected; those listeners keep their last version.
  public func set(listeners new: [ListenerConfig]) -> [ConfigFinding] {
    var findings: [ConfigFinding] = []
    for config in new where listeners[config.name]?.config != config {
      findings += set(config)
    }
    return findings
  }

  private func set(_ config: ListenerConfig) -> [ConfigFinding] {
    if let known = listeners[config.name], known.isActive {
      if known.config.address != config.address { return replace(config) }
      let (plans, findings) = compile(config)
      guard let plans else { return findings }
      listeners[config.name]?.config = config
      tellEach { .updateListener(plans[$0]) }
      return findings
    }
    let (_, findings) = compile(config)
    guard findings.isEmpty else { return findings }
    listeners[config.name] = ListenerState(config: config)
    return activate(config.name)
  }

  /// Moves a listener to another address; back to the old one when the new one cannot be had.
  private func replace(_ config: ListenerConfig) -> [ConfigFinding] {
    let old = listeners[config.name]
    remove(listeners: [config.name])
    let findings = set(config)
    if !findings.isEmpty, let old { _ = set(old.config) }
    return findings
  }

  /// Gives a listener to the workers if everything it needs is there.
  private func activate(_ name: String) -> [ConfigFinding] {
    guard let state = listeners[name], !state.isActive, isReady(state.config) else { return [] }
    let (plans, findings) = compile(state.config)
    guard let plans else { return findings }
    do throws(SystemFault) {
      let descriptors = try openSockets(state.config)
      listeners[name]?.isActive = true
      tellEach { .addListener(plans[$0], fd: descriptors[$0]) }
      log(.info, "listener \(name) accepts on \(state.config.address)")
      return []
    } catch {
      listeners[name] = nil
      return [
        ConfigFinding(
          .rejected, path: "listeners[\(name)].address",
          text: "cannot listen on \(state.config.address): \(error)")
      ]
    }
  }

  private func openSockets(_ config: ListenerConfig) throws(SystemFault) -> [Int32] {
    var descriptors: [Int32] = []
    do throws(SystemFault) {
      try refuseTakenPort(config.address)
      for _ in 0..<workerCount {
        descriptors.append(try startListening(on: config.address, backlog: config.tcpBacklog))
      }
    } catch {
      for fd in descriptors { closeDescriptor(fd) }
      throw error
    }
    return descriptors
  }

  private func isReady(_ config: ListenerConfig) -> Bool {
    guard case .http(let manager) = config.filter, case .rds(let name) = manager.routes
    else { return true }
    return routes[name]?.active != nil
  }

  /// One plan for each worker; nil and the reason when something does not compile.
  private func compile(_ config: ListenerConfig) -> ([ListenerPlan]?, [ConfigFinding]) {
    switch config.filter {
    case .tcp(let proxy): return (plans(config, proxy), [])
    case .http(let manager):
      switch manager.routes {
      case .rds(let name): return (plans(config, manager, routes[name]?.active), [])
      case .inline(let routes):
        do throws(RouteCompilationFault) {
          return (
            plans(config, manager, try compile(routes, "listeners[\(config.name)].route_config")),
            []
          )
        } catch { return (nil, error.findings) }
      }
    }
  }

  private func compile(
    _ routes: RouteConfigurationConfig, _ path: String?
  ) throws(RouteCompilationFault) -> RouteTable {
    try RouteTable(compiling: routes, at: path, hostName: hostName) { id(ofCluster: $0) }
  }

  private func plans(_ config: ListenerConfig, _ proxy: TCPProxyConfig) -> [ListenerPlan] {
    let listenerStats = stats.listeners.blocks(named: config.name)
    let tcpStats = stats.tcp.blocks(named: proxy.statPrefix)
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
    return (0..<workerCount).map {
      ListenerPlan(
        config: config, stats: listenerStats[$0],
        filter: .http(manager, table: table, stats: httpStats[$0]))
    }
  }

  /// Removes listeners: they stop accepting, and their connections finish what they have begun.
  public func remove(listeners names: [String]) {
    for name in names {
      guard let state = listeners.removeValue(forKey: name), state.isActive else { continue }
      tell(.removeListener(name: name))
      log(.info, "listener \(name) stops accepting on \(state.config.address)")
    }
  }

  // MARK: routes

  /// Route configuration names to ask for over RDS, sorted.
  public var routeNames: [String] {
    Set(
      listeners.values.compactMap { state -> String? in
        guard case .http(let manager) = state.config.filter, case .rds(let name) = manager.routes
        else { return nil }
        return name
      }
    ).sorted()
  }

  /// Adds or changes route tables.
  /// - Returns: what was rejected; those tables keep their last version.
  public func set(routes new: [RouteConfigurationConfig]) -> [ConfigFinding] {
    var findings: [ConfigFinding] = []
    for config in new where routes[config.name]?.config != config {
      do throws(RouteCompilationFault) {
        let table = try compile(config, nil)
        routes[config.name] = RouteState(
          config: config, table: table, active: routes[config.name]?.active)
      } catch { findings += error.findings }
    }
    admitWaiting()
    return findings
  }

  /// Gives the workers what was waiting for something that has arrived.
  func admitWaiting() {
    for (name, state) in routes where state.active !== state.table && isReady(state.config) {
      routes[name]?.active = state.table
      tell(.setRoutes(name: name, state.table))
    }
    for (name, state) in listeners where !state.isActive {
      for finding in activate(name) { log(.error, "\(finding)") }
    }
  }

  /// No cluster the table names is still waiting for its endpoints.
  private func isReady(_ routes: RouteConfigurationConfig) -> Bool {
    let waiting = clusters.filter { !$0.value.isWarm }
    return waiting.isEmpty || routes.clusterNames.isDisjoint(with: waiting.keys)
  }
}
