import Platform
import Reactor
import Upstreams

/// One worker's connections to one endpoint. The connection used last is used next, so that those
/// too many age and are closed. Where the cluster has all the connections it may have, exchanges wait
/// here for one to become free.
final class EndpointPool: EventHandler {
  let endpoint: UpstreamEndpoint
  let cluster: ClusterRuntime
  private let loop: EventLoop
  /// Oldest first.
  private var idle: [HTTP1Upstream] = []
  /// In the order they came.
  private var waiting: [Exchange] = []
  private(set) var connectionCount = 0

  init(_ endpoint: UpstreamEndpoint, cluster: ClusterRuntime, on loop: EventLoop) {
    self.endpoint = endpoint
    self.cluster = cluster
    self.loop = loop
  }

  /// The idle connection used last; nil when a new one is needed, or others came first.
  func take() -> HTTP1Upstream? { waiting.isEmpty ? idle.popLast() : nil }

  func add(_ connection: HTTP1Upstream) {
    idle.append(connection)
    if cluster.waitingCount > 0 { cluster.serveWaiting() }
  }

  func remove(_ connection: HTTP1Upstream) { idle.removeAll { $0 === connection } }

  /// Whether one more connection is allowed, as an idle one of the cluster may make room for it; an
  /// endpoint may always have one, or it could not be reached.
  func makesRoom() -> Bool { connectionCount == 0 || cluster.makesRoomForConnection() }

  func onConnectionOpened() {
    connectionCount += 1
    cluster.balancing.breakers.connections.acquire()
    endpoint.connectionBegan()
    cluster.stats.connectionBegan()
  }

  func onConnectionClosed() {
    connectionCount -= 1
    cluster.balancing.breakers.connections.release()
    endpoint.connectionEnded()
    cluster.stats.connectionEnded()
    if cluster.waitingCount > 0 { cluster.serveWaiting() }
  }

  func onConnectFailed() {
    endpoint.connectFailed()
    cluster.stats.upstreamConnectionConnectFail.add()
  }

  // MARK: waiting

  /// Lets an exchange wait for the next connection that is free.
  func enqueue(_ exchange: Exchange) {
    cluster.stats.upstreamConnectionOverflow.add()
    cluster.waitingCount += 1
    waiting.append(exchange)
  }

  /// The exchange waits no more.
  func dequeue(_ exchange: Exchange) {
    guard let index = waiting.firstIndex(where: { $0 === exchange }) else { return }
    waiting.remove(at: index)
    cluster.waitingCount -= 1
  }

  private func dequeueFirst() -> Exchange {
    cluster.waitingCount -= 1
    return waiting.removeFirst()
  }

  /// Those that wait, who are to go elsewhere.
  func releaseWaiting() -> [Exchange] {
    cluster.waitingCount -= waiting.count
    defer { waiting = [] }
    return waiting
  }

  /// A connection became free, or another may be opened.
  func serveWaiting() { if !waiting.isEmpty { loop.runSoon(self) } }

  /// Those who came first get it.
  override func onTurn() {
    while !waiting.isEmpty {
      if let connection = idle.popLast() {
        dequeueFirst().onConnectionFree(connection)
      } else if makesRoom() {
        dequeueFirst().onConnectionAllowed(self)
      } else {
        return
      }
    }
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

  /// When the connection that is idle longest became so; nil where none is.
  var idleSince: MonotonicInstant? { idle.first?.idleSince }

  /// Closes the connection that is idle longest, if there is one.
  func closeOldest() { if !idle.isEmpty { idle.removeFirst().shut() } }

  /// Closes all idle connections; for an endpoint that was removed.
  func closeIdle() {
    let all = idle
    idle = []
    for connection in all { connection.shut() }
  }
}
