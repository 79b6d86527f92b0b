import Config
import Routing
import Sockets

/// One version of a listener, compiled, with the sockets of its address.
final class ListenerVersion {
  let config: ListenerConfig
  /// Its own routes; nil for a TCP proxy, and where they come over RDS.
  let table: RouteTable?
  /// The clusters it names itself.
  let clusterNames: Set<String>
  let sockets: BoundAddress
  /// Bounds the wait for its routes over RDS.
  var routesWait: DelayedAction?
  /// They were not sent in time: it answers 404 until they come.
  var startsWithoutRoutes = false

  init(_ compiled: CompiledListener, on sockets: BoundAddress) {
    config = compiled.config
    table = compiled.table
    clusterNames = compiled.clusterNames
    self.sockets = sockets
  }
}

/// A listener of which everything is known to be usable but its address.
struct CompiledListener {
  let config: ListenerConfig
  var table: RouteTable?
  var clusterNames: Set<String> = []
}

/// A listener as the control loop knows it.
struct ListenerState {
  var newest: ListenerVersion
  /// What the workers have; nil: nothing yet.
  var active: ListenerVersion?

  var isPending: Bool { newest !== active }
}

/// A listener that left the configuration and serves on for a moment: first in case that another one
/// takes its address over, then for the connections it has.
struct LeavingListener {
  let version: ListenerVersion
  let end: DelayedAction
}

extension ListenerConfig {
  /// The route table it is given over RDS; nil: it has its own, or needs none.
  var routeName: String? {
    guard case .http(let manager) = filter, case .rds(let name) = manager.routes else { return nil }
    return name
  }
}
