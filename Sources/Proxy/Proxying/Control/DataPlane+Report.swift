import Config
import Platform
import Routing
import Telemetry

/// What the admin listener says of the configuration.
extension DataPlane {
  /// nil while every listener accepts.
  public func reasonNotReady(awaitsDiscovery: Bool) -> String? {
    if listeners.isEmpty {
      if let (name, listener) = refused.min(by: { $0.key < $1.key }) {
        return "listener \(name) cannot have \(listener.config.address): \(listener.reason)"
      }
      return awaitsDiscovery
        ? "INITIALIZING: the control plane has sent no listener" : "no listener is configured"
    }
    let waiting = listeners.filter { $0.value.active == nil }.sorted { $0.key < $1.key }
    guard !waiting.isEmpty else { return nil }
    return "INITIALIZING: "
      + waiting.map { "listener \($0.key) waits for \(wants(of: $0.value.newest))" }
      .joined(separator: "; ")
  }

  /// What a version that is not in force is missing.
  private func wants(of version: ListenerVersion) -> String {
    var names = version.clusterNames
    for name in version.config.routeNames.sorted() where routes[name]?.active == nil {
      guard let table = routes[name]?.newest else { return "its routes \(name)" }
      names.formUnion(table.clusterNames)
    }
    let cold = names.filter { !isWarm($0) }.sorted()
    let shown = cold.prefix(8).joined(separator: ", ")
    return cold.count > 8 ? "\(cold.count) clusters: \(shown) ..." : "clusters \(shown)"
  }

  public func listenersText() -> String {
    let present = listeners.sorted { $0.key < $1.key }.map { name, state in
      let address = (state.active ?? state.newest).sockets.address
      guard state.isPending else { return "\(name)::\(address)\n" }
      let phase = state.active == nil ? "warming" : "changing"
      return "\(name)::\(address) \(phase): waits for \(wants(of: state.newest))\n"
    }
    let leaving = departing.sorted { $0.key < $1.key }.map { name, listener in
      "\(name)::\(listener.version.sockets.address) leaving\n"
    }
    let waiting = refused.sorted { $0.key < $1.key }.map { name, listener in
      "\(name)::\(listener.config.address) refused: \(listener.reason)\n"
    }
    return (present + leaving + waiting).joined()
  }
}
