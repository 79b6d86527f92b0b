import Platform
import Reactor
import TLS
import Upstreams

/// One worker's connections to one endpoint. Those of HTTP/1 carry one exchange at a time, and the one
/// used last is used next, so that those too many age and are closed; those of HTTP/2 carry many. Where the
/// cluster has all the connections it may have, exchanges wait here for one to become free.
final class EndpointPool: EventHandler {
  let endpoint: UpstreamEndpoint
  let cluster: ClusterRuntime
  private let loop: EventLoop
  /// Oldest first.
  private var idle: [HTTP1Upstream] = []
  /// Those that take new streams, or will.
  private var shared: [HTTP2Upstream] = []
  /// Those whose handshake is to say what is spoken.
  private var undecided: [UndecidedUpstream] = []
  /// What the endpoint chose last, where it has a choice.
  private(set) var choseHTTP1 = false
  /// In the order they came.
  private var waiting: [Exchange] = []
  private(set) var connectionCount = 0
  /// How often all that was known of the endpoint ceased to hold.
  private(set) var epoch = 0
  /// Streams that the endpoint allowed on its last connection of HTTP/2. Before it has said anything they are
  /// as many as RFC 9113 section 6.5.2 wants at least.
  var streamLimit: UInt32 = 100
  /// What the next connection may take up of TLS.
  var savedSession: SavedTLSSession?

  init(_ endpoint: UpstreamEndpoint, cluster: ClusterRuntime, on loop: EventLoop) {
    self.endpoint = endpoint
    self.cluster = cluster
    self.loop = loop
  }

  /// Whether exchanges that came first have no connection yet.
  var hasWaiting: Bool { !waiting.isEmpty }

  /// Whether some of those could use the same connections.
  private func hasWaiting(for wire: UpstreamProtocol) -> Bool {
    waiting.contains { $0.wire.sharesConnections(with: wire) }
  }

  /// A connection for an exchange now; nil when a new one is needed, or others came first.
  func take(_ wire: UpstreamProtocol) -> UpstreamConnection? {
    hasWaiting(for: wire) ? nil : next(wire)
  }

  private func next(_ wire: UpstreamProtocol) -> UpstreamConnection? {
    switch wire {
    case .http1: idle.popLast()
    case .http2: sharedWithRoom
    case .undecided: sharedWithRoom ?? idle.popLast()
    case .bytes: nil
    }
  }

  private var sharedWithRoom: UpstreamConnection? {
    shared.last { !$0.isConnecting && $0.hasRoom }
  }

  /// A connection that is being made and will have room for one more exchange; nil when others came first.
  func connecting(_ wire: UpstreamProtocol) -> UpstreamConnection? {
    if hasWaiting(for: wire) { return nil }
    return switch wire {
    case .http1, .bytes: nil
    case .http2: shared.last { $0.isConnecting && $0.hasRoom }
    case .undecided: undecided.last { $0.hasRoom }
    }
  }

  func add(_ connection: HTTP1Upstream) {
    idle.append(connection)
    cluster.serveWaiting()
  }

  func remove(_ connection: HTTP1Upstream) { idle.removeAll { $0 === connection } }

  func add(_ connection: HTTP2Upstream) { shared.append(connection) }

  /// It takes no new streams.
  func remove(_ connection: HTTP2Upstream) { shared.removeAll { $0 === connection } }

  func remove(_ connection: UndecidedUpstream) { undecided.removeAll { $0 === connection } }

  /// Whether one more connection is allowed, as an idle one of the cluster may make room for it; an
  /// endpoint may always have one, or it could not be reached.
  func makesRoom() -> Bool { connectionCount == 0 || cluster.makesRoomForConnection() }

  /// Takes over a descriptor that is being connected.
  func makeConnection(
    taking fd: Int32, _ wire: UpstreamProtocol, _ worker: Worker
  ) -> UpstreamConnection {
    connectionCount += 1
    cluster.balancing.breakers.connections.acquire()
    cluster.connectionBegan(at: endpoint)
    switch wire {
    case .http1, .bytes: return HTTP1Upstream(taking: fd, wire, worker: worker, pool: self)
    case .http2: return HTTP2Upstream(taking: fd, wire, worker: worker, pool: self)
    case .undecided:
      let connection = UndecidedUpstream(taking: fd, worker: worker, pool: self)
      undecided.append(connection)
      return connection
    }
  }

  /// The handshake has said what is spoken: another connection takes over, with as many of the exchanges
  /// as it can carry. The others go on waiting.
  func onDecided(
    _ scout: UndecidedUpstream, _ wire: UpstreamProtocol, for exchanges: [Exchange]
  ) {
    remove(scout)
    choseHTTP1 = wire == .http1
    let connection: UpstreamConnection =
      choseHTTP1 ? HTTP1Upstream(succeeding: scout) : HTTP2Upstream(succeeding: scout)
    let carried = choseHTTP1 ? min(1, exchanges.count) : exchanges.count
    for exchange in exchanges.prefix(carried) {
      exchange.decide(wire)
      connection.attach(exchange)
    }
    requeue(exchanges.dropFirst(carried))
    do throws(SystemFault) { try connection.open() } catch {
      return connection.failConnecting("upstream_connect_error")
    }
    connection.onConnected()
  }

  func onConnectionClosed() {
    connectionCount -= 1
    cluster.connectionEnded(at: endpoint)
  }

  // MARK: waiting

  /// Lets an exchange wait for the next connection that is free. Those in front of it look again, as
  /// another worker may have given one back.
  func enqueue(_ exchange: Exchange) {
    cluster.stats.upstreamConnectionOverflow.add()
    cluster.waitingCount += 1
    waiting.append(exchange)
    if waiting.count > 1 { serveWaiting() }
  }

  /// Lets exchanges wait in front of all others, as they came before them.
  private func requeue(_ exchanges: ArraySlice<Exchange>) {
    cluster.waitingCount += exchanges.count
    waiting.insert(contentsOf: exchanges, at: 0)
    for exchange in exchanges { exchange.onRequeued(in: self) }
    serveWaiting()
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
    while let first = waiting.first {
      if let connection = next(first.wire) {
        dequeueFirst().onConnectionFree(connection)
      } else if makesRoom() {
        dequeueFirst().onConnectionAllowed(self)
      } else {
        return serveOthers()
      }
    }
  }

  /// For the first there is no connection: it holds up those who wait for the like, not for another protocol.
  private func serveOthers() {
    while cluster.mixesProtocols, let first = waiting.first,
      let other = waiting.first(where: { !$0.wire.sharesConnections(with: first.wire) }),
      let connection = next(other.wire)
    {
      dequeue(other)
      other.onConnectionFree(connection)
    }
  }

  // MARK: idle connections

  private var idleShared: [HTTP2Upstream] { shared.filter(\.isIdle) }

  /// Closes the connections that have been idle since before `instant`.
  func closeIdle(before instant: MonotonicInstant) {
    let aged = idle.prefix { $0.idleSince < instant }
    idle.removeFirst(aged.count)
    for connection in aged { closeForIdleness(connection) }
    for connection in idleShared where connection.idleSince < instant {
      closeForIdleness(connection)
    }
  }

  private func closeForIdleness(_ connection: UpstreamConnection) {
    cluster.stats.upstreamConnectionIdleTimeout.add()
    connection.shut()
  }

  /// The connection that is idle longest; nil where none is.
  private var oldest: UpstreamConnection? {
    let shared = idleShared.min { $0.idleSince < $1.idleSince }
    guard let first = idle.first else { return shared }
    guard let shared, shared.idleSince < first.idleSince else { return first }
    return shared
  }

  /// When the connection that is idle longest became so; nil where none is.
  var idleSince: MonotonicInstant? { oldest?.idleSince }

  /// Closes the connection that is idle longest, if there is one.
  func closeOldest() {
    guard let oldest else { return }
    if oldest === idle.first { idle.removeFirst() }
    oldest.shut()
  }

  /// Lets go of connections that have reached the age at which they take nothing more on.
  func retireAged() {
    for connection in idle where connection.hasAged() {
      remove(connection)
      connection.shut()
    }
    for connection in shared where connection.hasAged() { connection.retire() }
  }

  /// Takes nothing more on; for an endpoint that was removed, or is spoken to otherwise.
  func retireConnections() {
    epoch += 1
    let all = idle
    idle = []
    for connection in all { connection.shut() }
    for connection in shared { connection.retire() }
  }
}
