import Config
import Platform
import Routing
import Telemetry

/// What the admin listener says of the configuration.
extension DataPlane {
  /// nil while every listener accepts.
  public func reasonNotReady(awaitsDiscovery: Bool) -> String? {
    if listeners.isEmpty {
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
    if let name = version.config.routeName, routes[name]?.active == nil {
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
    return (present + leaving).joined()
  }
}

/// What is wrong with a format string of an access log; nil when nothing is.
public func logFormatFault(_ format: String) -> String? {
  AccessLogFormat.compile([.init(key: "", format: format)], path: "").findings.first?.text
}

/// What of a listener's access logs does not compile: operators that do not exist.
func accessLogFaults(of listener: ListenerConfig) -> [ConfigFinding] {
  let logs =
    switch listener.filter {
    case .http(let manager): manager.accessLogs
    case .tcp(let proxy): proxy.accessLogs
    }
  return logs.enumerated().flatMap { index, log in
    let path = "listeners[\(listener.name)].access_log[\(index)].log_format.json_format"
    return AccessLogFormat.compile(log.jsonFields, path: path).findings
  }
}

/// What of a route table does not compile, such as a regular expression.
/// - Parameter path: where the table stands.
public func routeFaults(_ routes: RouteConfigurationConfig, at path: String) -> [ConfigFinding] {
  var names = ClusterNames()
  do throws(RouteCompilationFault) {
    _ = try RouteTable(compiling: routes, at: path) { names.id(for: $0) }
    return []
  } catch { return error.findings }
}
