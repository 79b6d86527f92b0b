import Platform
import Upstreams

/// One worker's connections to one endpoint. The connection used last is used next, so that those
/// too many age and are closed.
final class EndpointPool {
  let endpoint: UpstreamEndpoint
  let cluster: ClusterRuntime
  /// Oldest first.
  private var idle: [HTTP1Upstream] = []
  private(set) var connectionCount = 0

  init(_ endpoint: UpstreamEndpoint, cluster: ClusterRuntime) {
    self.endpoint = endpoint
    self.cluster = cluster
  }

  /// The idle connection used last; nil when a new one is needed.
  func take() -> HTTP1Upstream? { idle.popLast() }

  func add(_ connection: HTTP1Upstream) { idle.append(connection) }

  func remove(_ connection: HTTP1Upstream) { idle.removeAll { $0 === connection } }

  func onConnectionOpened() {
    connectionCount += 1
    endpoint.activeConnections += 1
    endpoint.counters.connections += 1
    cluster.stats.connectionBegan()
  }

  func onConnectionClosed() {
    connectionCount -= 1
    endpoint.activeConnections -= 1
    cluster.stats.connectionEnded()
  }

  /// Closes the connections that have been idle since before `instant`.
  func closeIdle(before instant: MonotonicInstant) {
    let aged = idle.prefix { $0.idleSince < instant }
    idle.removeFirst(aged.count)
    for connection in aged {
      cluster.stats.upstreamConnectionIdleTimeout.add()
      connection.shut()
    }
  }

  /// Closes all idle connections; for an endpoint that was removed.
  func closeIdle() {
    let all = idle
    idle = []
    for connection in all { connection.shut() }
  }
}
