import Config
import Platform
import Routing

/// What the admin listener says of the configuration.
extension DataPlane {
  /// nil while every listener accepts.
  public func reasonNotReady(awaitsDiscovery: Bool) -> String? {
    if listeners.isEmpty {
      return awaitsDiscovery
        ? "INITIALIZING: no listener has arrived from the control plane"
        : "no listener is configured"
    }
    let waiting = listeners.filter { !$0.value.isActive }.keys.sorted()
    guard !waiting.isEmpty else { return nil }
    return "INITIALIZING: waiting for the routes of \(waiting.joined(separator: ", "))"
  }

  public func listenersText() -> String {
    listeners.sorted { $0.key < $1.key }.map { name, state in
      "\(name)::\(state.config.address)\(state.isActive ? "" : " warming")\n"
    }.joined()
  }

  public func clustersText() -> String {
    clusters.sorted { $0.key < $1.key }.map { name, state in
      guard let endpoints = state.endpoints else { return "\(name)::warming\n" }
      return "\(name)::endpoints::\(endpoints.localities.reduce(0) { $0 + $1.endpoints.count })\n"
        + endpoints.localities.flatMap { locality in
          locality.endpoints.map {
            "\(name)::\($0.address)::\($0.health)::weight::\($0.weight)"
              + "::priority::\(locality.priority)::zone::\(locality.locality.zone)\n"
          }
        }.joined()
    }.joined()
  }
}

/// What of a file's listeners does not compile, such as a regular expression.
public func compilationFaults(of bootstrap: BootstrapConfig) -> [ConfigFinding] {
  var names = ClusterNames()
  return bootstrap.listeners.flatMap { listener -> [ConfigFinding] in
    guard case .http(let manager) = listener.filter, case .inline(let routes) = manager.routes
    else { return [] }
    do throws(RouteCompilationFault) {
      _ = try RouteTable(compiling: routes, at: "listeners[\(listener.name)].route_config") {
        names.id(for: $0)
      }
      return []
    } catch { return error.findings }
  }
}
