import Config
import Routing
import Sockets
import TLS

/// One version of a listener, compiled, with the sockets of its address.
final class ListenerVersion {
  let config: ListenerConfig
  /// As in `config.allFilterChains`.
  let chains: [CompiledChain]
  /// The clusters it names itself.
  let clusterNames: Set<String>
  let sockets: BoundAddress
  /// Bound the waits for its routes over RDS.
  var routesWaits: [DelayedAction] = []
  /// They were not sent in time: it answers 404 until they come.
  var missingRoutes: Set<String> = []

  init(_ compiled: CompiledListener, on sockets: BoundAddress) {
    config = compiled.config
    chains = compiled.chains
    clusterNames = compiled.clusterNames
    self.sockets = sockets
  }
}

/// A listener of which everything is known to be usable but its address.
struct CompiledListener {
  let config: ListenerConfig
  /// As in `config.allFilterChains`.
  var chains: [CompiledChain] = []
  var clusterNames: Set<String> = []
}

/// What a filter chain's configuration comes to.
struct CompiledChain {
  /// Its own routes; nil for a TCP proxy, and where they come over RDS.
  var table: RouteTable?
  /// nil: plain text.
  var tls: TLSContext?
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
