import Config

/// A cluster that is named but not there.
enum AbsentCluster {
  /// It may be on its way.
  case awaited(DelayedAction)
  /// What names it need not wait any longer.
  case givenUp
}

/// Order: nothing names a cluster that is not warm, as far as waiting can help. What waits serves with
/// its last version meanwhile.
extension DataPlane {
  /// How long routes and listeners wait for a cluster that the control plane has not sent.
  private static let clusterPatience = Duration.seconds(5)
  /// How long a removed cluster serves on while routes in force name it.
  private static let removalPatience = Duration.seconds(5)

  /// It has endpoints, or is known to have none; or there is no use in waiting for it.
  func isWarm(_ name: String) -> Bool {
    if let state = clusters[name] { return state.isWarm }
    if case .awaited = absentClusters[name] { return false }
    return true
  }

  /// Begins to wait for those that are not there, where somebody may send them.
  func awaitClusters(_ names: Set<String>) {
    guard expectsClusters else { return }
    for name in names where clusters[name] == nil && absentClusters[name] == nil {
      absentClusters[name] = .awaited(
        DelayedAction(on: loop, after: Self.clusterPatience) { [unowned self] in giveUp(name) })
    }
  }

  private func giveUp(_ name: String) {
    absentClusters[name] = .givenUp
    log(.warning, "cluster \(name) is named by routes or listeners, and was not sent: 503 for it")
    admitWaiting()
  }

  func onArrival(ofCluster name: String) {
    if case .awaited(let patience) = absentClusters.removeValue(forKey: name) { patience.callOff() }
  }

  /// Bounds the wait for a cluster's endpoints, where it has a bound; while the control plane is away it
  /// is no fault of theirs.
  func awaitEndpoints(of config: ClusterConfig) -> DelayedAction? {
    guard let patience = config.initialFetchTimeout else { return nil }
    let name = config.name
    return DelayedAction(on: loop, after: patience) { [unowned self] in
      guard let state = clusters[name], !state.isWarm || state.hasFormerEndpoints else { return }
      guard isDiscoveryConnected() else {
        clusters[name]?.endpointWait = awaitEndpoints(of: state.config)
        return
      }
      log(.warning, "cluster \(name): its endpoints were not sent within \(patience)")
      giveNoEndpoints(to: name)
      admitWaiting()
    }
  }

  /// Bounds a listener's wait for its route table to be sent, in the same way.
  func awaitRoutes(of version: ListenerVersion) {
    var patience: [String: Duration] = [:]
    for manager in version.config.managers {
      guard let name = manager.routeName, routes[name] == nil, let wait = manager.routesFetchTimeout
      else { continue }
      patience[name] = min(patience[name] ?? wait, wait)
    }
    for (name, wait) in patience { awaitTable(named: name, of: version, within: wait) }
  }

  private func awaitTable(
    named name: String, of version: ListenerVersion, within patience: Duration
  ) {
    let wait = DelayedAction(on: loop, after: patience) { [unowned self, weak version] in
      guard let version, listeners[version.config.name]?.newest === version, routes[name] == nil
      else { return }
      guard isDiscoveryConnected() else {
        return awaitTable(named: name, of: version, within: patience)
      }
      version.missingRoutes.insert(name)
      log(
        .warning,
        "listener \(version.config.name): its routes \(name) were not sent within \(patience)")
      admitWaiting()
    }
    version.routesWaits.append(wait)
  }

  // MARK: removal

  /// Lets a removed cluster serve those who still name it, for a while.
  func beginRemoval(of name: String) {
    clusters[name]?.removal = DelayedAction(on: loop, after: Self.removalPatience) {
      [unowned self] in
      log(.warning, "cluster \(name) was removed, but routes or listeners still name it")
      absentClusters[name] = .givenUp
      endRemoval(of: name)
    }
  }

  /// Drops what nothing in force needs any longer.
  func releaseUnused() {
    forgetUnnamedRoutes()
    let leaving = clusters.filter { $0.value.removal != nil }.keys
    guard !leaving.isEmpty || !absentClusters.isEmpty || mayReleaseNames else { return }
    let inForce = clusterNamesInForce
    let named = inForce.union(routes.values.flatMap(\.newest.clusterNames))
    for name in leaving where !inForce.contains(name) {
      endRemoval(of: name)
      if named.contains(name) { awaitClusters([name]) }
    }
    for (name, absence) in absentClusters where !named.contains(name) {
      if case .awaited(let patience) = absence { patience.callOff() }
      absentClusters[name] = nil
    }
    if mayReleaseNames { releaseNames(except: named) }
  }

  /// Takes the handles of clusters that are not there from names that nothing names, now or soon.
  private func releaseNames(except named: Set<String>) {
    mayReleaseNames = false
    for name in clusterNames.all.keys where clusters[name] == nil && !named.contains(name) {
      clusterNames.release(name)
    }
  }

  private var clusterNamesInForce: Set<String> {
    var names: Set<String> = []
    for version in usedListenerVersions { names.formUnion(version.clusterNames) }
    for state in routes.values { names.formUnion(state.active?.clusterNames ?? []) }
    return names
  }
}
