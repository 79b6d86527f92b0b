import Config

/// Counters go with what they count.
extension DataPlane {
  /// How often what is gone is looked for while there is some.
  private static let pruningInterval = Duration.seconds(1)

  /// Forgets the counters of clusters and listeners that are gone, once no worker can write them.
  func pruneStatsSoon() {
    guard statsPruning == nil else { return }
    statsPruning = DelayedAction(on: loop, after: Self.pruningInterval) { [unowned self] in
      statsPruning = nil
      if pruneStats() { pruneStatsSoon() }
    }
  }

  /// - Returns: whether some are still in use.
  private func pruneStats() -> Bool {
    var listenerNames: Set<String> = []
    var http: Set<String> = []
    var tcp: Set<String> = []
    for version in usedListenerVersions {
      listenerNames.insert(version.config.name)
      switch version.config.filter {
      case .http(let manager): http.insert(manager.statPrefix)
      case .tcp(let proxy): tcp.insert(proxy.statPrefix)
      }
    }
    let held = [
      stats.clusters.prune { clusters[$0] != nil },
      stats.listeners.prune(keeping: listenerNames.contains),
      stats.http.prune(keeping: http.contains), stats.tcp.prune(keeping: tcp.contains),
    ]
    return held.contains(true)
  }
}
