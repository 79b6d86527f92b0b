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
    let listenerNames = Set(usedListenerVersions.map(\.config.name))
    statPrefixes = statPrefixes.filter { listenerNames.contains($0.key) }
    let prefixes = statPrefixes.values.reduce(into: Set()) { $0.formUnion($1) }
    let held = [
      stats.clusters.prune { clusters[$0] != nil },
      stats.listeners.prune(keeping: listenerNames.contains),
      stats.http.prune(keeping: prefixes.contains), stats.tcp.prune(keeping: prefixes.contains),
    ]
    return held.contains(true)
  }
}
