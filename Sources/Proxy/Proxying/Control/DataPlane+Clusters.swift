import Config
import Platform
import Routing
import Sockets
import TLS
import Telemetry
import Upstreams

/// A cluster as the control loop knows it.
struct ClusterState {
  let id: ClusterID
  var config: ClusterConfig
  /// It came from the control plane.
  let isDiscovered: Bool
  /// nil: plain text, or it could not be made.
  var tls: TLSContext?
  var endpoints: EndpointSet?
  /// They are of where the cluster's endpoints came from before.
  var hasFormerEndpoints = false
  var dns: StrictDNSCluster?
  /// Bounds the wait for its endpoints over EDS.
  var endpointWait: DelayedAction?
  /// It left the configuration; nil: it did not.
  var removal: DelayedAction?
  /// What the workers share of its circuit breakers.
  let budgets: ClusterBudgets
  /// Endpoints are known, even if there are none.
  var isWarm: Bool { endpoints != nil }

  init(id: ClusterID, config: ClusterConfig, isDiscovered: Bool, workerCount: Int) {
    self.id = id
    self.config = config
    self.isDiscovered = isDiscovered
    budgets = ClusterBudgets(config.circuitBreakers, workerCount: workerCount)
  }
}

extension DataPlane {
  /// Adds or changes clusters; unnamed ones stay as they are.
  /// - Parameter isDiscovered: they came from the control plane, not from the file.
  public func set(clusters new: [ClusterConfig], isDiscovered: Bool = true) {
    for config in new {
      clusters[config.name]?.removal?.callOff()
      clusters[config.name]?.removal = nil
      if clusters[config.name]?.config != config { set(config, isDiscovered) }
    }
    watchCertificateFiles()
    admitWaiting()
  }

  private func set(_ config: ClusterConfig, _ isDiscovered: Bool) {
    var state =
      clusters[config.name]
      ?? ClusterState(
        id: id(ofCluster: config.name), config: config, isDiscovered: isDiscovered,
        workerCount: workerCount)
    let keepsEndpoints = state.config.discovery == config.discovery
    // Saved sessions go with the context that made them.
    if state.tls == nil || state.config.tls != config.tls { state.tls = context(of: config) }
    let changesPatience = state.config.initialFetchTimeout != config.initialFetchTimeout
    enroll(config, insteadOf: state.config)
    state.config = config
    if !keepsEndpoints { state.dns?.stop() }
    state.budgets.resize(to: config.circuitBreakers)
    announce(state)
    switch config.discovery {
    case .staticEndpoints(let set): give(set, to: &state)
    case .strictDNS(let discovery):
      if !keepsEndpoints || state.dns == nil { resolve(discovery, &state) }
    case .eds(let service):
      if let set = knownEndpoints(ofService: service) {
        give(set, to: &state)
      } else if !keepsEndpoints, state.isWarm {
        state.hasFormerEndpoints = true
      }
      if !state.isWarm || state.hasFormerEndpoints, state.endpointWait == nil || changesPatience {
        state.endpointWait?.callOff()
        state.endpointWait = awaitEndpoints(of: config)
      }
    }
    clusters[config.name] = state
    onArrival(ofCluster: config.name)
  }

  private func announce(_ state: ClusterState) {
    let blocks = stats.clusters.blocks(named: state.config.name)
    tellEach { .setCluster(state.id, state.config, state.tls, blocks[$0], state.budgets) }
    blocks.last?.tls.firstExpiry.set(state.tls?.firstExpiry ?? 0)
  }

  /// Takes other certificates, keys or trust for a cluster, unless they cannot be used.
  func replace(tls: UpstreamTLSConfig, of name: String) throws(TLSContextFault) {
    let context = try TLSContext(upstream: tls)
    clusters[name]?.tls = context
    clusters[name]?.config.tls = tls
    if let state = clusters[name] { announce(state) }
  }

  /// nil: plain text, or it cannot be made, of which a fault was found before as a rule; nothing is sent
  /// in plain text then.
  private func context(of config: ClusterConfig) -> TLSContext? {
    guard let tls = config.tls else { return nil }
    do throws(TLSContextFault) { return try TLSContext(upstream: tls) } catch {
      log(.error, "cluster \(config.name): \(error)")
      return nil
    }
  }

  private func enroll(_ config: ClusterConfig?, insteadOf old: ClusterConfig) {
    if let service = old.edsName {
      clustersByService[service]?.remove(old.name)
      if clustersByService[service]?.isEmpty == true { clustersByService[service] = nil }
    }
    if let config, let service = config.edsName {
      clustersByService[service, default: []].insert(config.name)
    }
  }

  /// What another cluster of the same service has; it is not told a second time over EDS.
  private func knownEndpoints(ofService service: String) -> EndpointSet? {
    for name in clustersByService[service] ?? [] {
      if let set = clusters[name]?.endpoints, set.clusterName == service { return set }
    }
    return nil
  }

  /// The cluster's handle; `announceNames` tells the workers of new ones.
  func id(ofCluster name: String) -> ClusterID {
    if let known = clusterNames[name] { return known }
    hasNewClusterNames = true
    mayReleaseNames = true
    return clusterNames.id(for: name)
  }

  /// Lets routes that read a cluster's name from a header find the new ones.
  func announceNames() {
    guard hasNewClusterNames else { return }
    hasNewClusterNames = false
    tell(.setClusterNames(ClusterNameIndex(clusterNames)))
  }

  private func give(_ set: EndpointSet, to state: inout ClusterState) {
    state.endpointWait?.callOff()
    state.endpointWait = nil
    state.hasFormerEndpoints = false
    guard state.endpoints != set else { return }
    state.endpoints = set
    countMembership(set, of: state.config.name)
    tell(.setEndpoints(state.id, set))
  }

  /// Nothing is known of its endpoints, and nothing is waited for.
  func giveNoEndpoints(to name: String) {
    guard var state = clusters[name] else { return }
    give(EndpointSet(clusterName: state.config.edsName ?? name, localities: []), to: &state)
    clusters[name] = state
  }

  private func countMembership(_ set: EndpointSet, of name: String) {
    guard let block = stats.clusters.blocks(named: name).last else { return }
    let all = set.localities.flatMap(\.endpoints)
    block.membershipTotal.set(UInt64(all.count))
    block.membershipHealthy.set(UInt64(all.count { $0.health == .healthy }))
    block.membershipChange.add()
  }

  private func resolve(_ discovery: DNSDiscovery, _ state: inout ClusterState) {
    let name = state.config.name
    let dns = StrictDNSCluster(
      name, discovery, resolver: resolver, on: loop,
      onChange: { [unowned self] in onResolved(name, $0) },
      onLookup: { [unowned self] in onLookup(of: name, $0) })
    state.dns = dns
    dns.start()
  }

  private func onLookup(of name: String, _ failure: DNSFailure?) {
    let block = stats.clusters.blocks(named: name).last
    block?.updateAttempt.add()
    guard let failure else {
      block?.updateSuccess.add()
      return
    }
    block?.updateFailure.add()
    log(.warning, "cluster \(name): DNS: \(failure)")
  }

  private func onResolved(_ name: String, _ set: EndpointSet) {
    guard var state = clusters[name] else { return }
    give(set, to: &state)
    clusters[name] = state
    admitWaiting()
  }

  /// Takes endpoints for the EDS clusters of that service name.
  public func set(endpoints sets: [EndpointSet]) {
    for set in sets {
      for name in clustersByService[set.clusterName] ?? [] {
        guard var state = clusters[name] else { continue }
        give(set, to: &state)
        clusters[name] = state
      }
    }
    admitWaiting()
  }

  /// Removes clusters: at once where nothing in force names them, else when that is so or after a
  /// while. Exchanges that run on them finish.
  public func remove(clusters names: [String]) {
    for name in names where clusters[name] != nil { beginRemoval(of: name) }
    releaseUnused()
  }

  func endRemoval(of name: String) {
    guard let state = clusters.removeValue(forKey: name) else { return }
    enroll(nil, insteadOf: state.config)
    mayReleaseNames = true
    pruneStatsSoon()
    state.removal?.callOff()
    state.endpointWait?.callOff()
    state.dns?.stop()
    tell(.removeCluster(state.id))
  }

  /// Where a cluster can be reached from the control loop; nil while no healthy endpoint is known.
  /// - Parameter failures: how many tries failed so far: each moves on to the next endpoint, in the
  ///   order of priorities, and behind the last one to the first again.
  ///
  /// What is to be encrypted is not sent in plain text: no address is given of a cluster with TLS.
  public func address(ofCluster name: String, failures: Int) -> SocketAddress? {
    guard let state = clusters[name], state.config.tls == nil else { return nil }
    return state.endpoints?.address(failures: failures)
  }
}

extension ClusterConfig {
  /// The name its endpoints have in EDS; nil for other kinds.
  var edsName: String? {
    guard case .eds(let name) = discovery else { return nil }
    return name
  }
}

extension EndpointSet {
  func address(failures: Int) -> SocketAddress? {
    let candidates = localities.enumerated()
      .sorted { ($0.element.priority, $0.offset) < ($1.element.priority, $1.offset) }
      .flatMap { $0.element.endpoints.filter { $0.health == .healthy } }
    return candidates.isEmpty ? nil : candidates[failures % candidates.count].address
  }
}
