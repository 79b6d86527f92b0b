import Config
import Routing

/// One version of a route table that came over RDS.
final class RouteVersion {
  let config: RouteConfigurationConfig
  let table: RouteTable
  let clusterNames: Set<String>

  init(_ config: RouteConfigurationConfig, _ table: RouteTable) {
    self.config = config
    self.table = table
    clusterNames = config.clusterNames
  }
}

/// A route table as the control loop knows it.
struct RouteState {
  var newest: RouteVersion
  /// What the workers have; nil: nothing yet.
  var active: RouteVersion?
}

extension DataPlane {
  /// Adds or changes route tables.
  public func set(routes new: [RouteConfigurationConfig]) {
    for config in new where routes[config.name]?.newest.config != config {
      let version = RouteVersion(config, compile(config))
      routes[config.name] = RouteState(newest: version, active: routes[config.name]?.active)
      awaitClusters(version.clusterNames)
      mayReleaseNames = true
    }
    admitWaiting()
  }

  /// Gives the workers what was waiting for something that has arrived.
  func admitWaiting() {
    announceNames()
    for (name, state) in routes where state.active !== state.newest && areWarm(state.newest) {
      mayReleaseNames = true
      routes[name]?.active = state.newest
      tell(.setRoutes(name: name, state.newest.table))
    }
    for (name, state) in listeners where state.isPending {
      let findings = activate(name)
      if !findings.isEmpty { onRefused(findings) }
    }
    releaseUnused()
  }

  private func areWarm(_ version: RouteVersion) -> Bool {
    version.clusterNames.allSatisfy(isWarm)
  }

  func isReady(_ version: ListenerVersion) -> Bool {
    version.config.routeNames.allSatisfy {
      routes[$0]?.active != nil || version.missingRoutes.contains($0)
    } && version.clusterNames.allSatisfy(isWarm)
  }

  /// Forgets route tables that no listener names.
  func forgetUnnamedRoutes() {
    guard !routes.isEmpty else { return }
    var named: Set<String> = []
    for config in usedListenerVersions.map(\.config) + refused.values.map(\.config) {
      named.formUnion(config.routeNames)
    }
    for name in routes.keys where !named.contains(name) {
      routes[name] = nil
      mayReleaseNames = true
    }
  }

  /// Every version that the workers have or are to have.
  var usedListenerVersions: [ListenerVersion] {
    listeners.values.flatMap { [$0.newest] + ($0.active.map { [$0] } ?? []) }
      + departing.values.map(\.version) + retiring.values.map(\.version)
  }
}
