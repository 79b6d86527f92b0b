import Config
import HTTPModel
import Platform
import Reactor
import Sockets
import TLS
import Telemetry
import Upstreams

/// A cluster on one worker: its balancing, its connection pools and its counters.
final class ClusterRuntime {
  let id: ClusterID
  let balancing: UpstreamCluster
  let stats: ClusterStats
  private(set) var rules: ClusterRules
  var grpcCalls: GRPCCallTable
  /// By `UpstreamEndpoint.poolIndex`; a slot of a removed endpoint is used again.
  private var pools: [EndpointPool?] = []
  private var freeSlots: [Int] = []
  private let loop: EventLoop
  /// nil: plain text, or it could not be made.
  private var tls: TLSContext?
  /// What connections that are begun now are accepted by.
  private(set) var trust = PeerTrust()
  /// Exchanges that wait for a connection, at any endpoint; the pools keep it.
  var waitingCount = 0

  var config: ClusterConfig { balancing.config }
  /// As the log names it.
  var place: String { "cluster \(config.name)" }

  init(
    id: ClusterID, config: ClusterConfig, tls: TLSContext?, stats: ClusterStats,
    budgets: ClusterBudgets, on loop: EventLoop
  ) {
    self.tls = tls
    self.id = id
    self.loop = loop
    rules = ClusterRules(config)
    balancing = UpstreamCluster(id: id, config: config, budgets: budgets)
    self.stats = stats
    grpcCalls = GRPCCallTable(stats)
  }

  // MARK: configuration

  /// Takes over a new configuration. Connections that stand finish what they have begun.
  func update(config: ClusterConfig, tls: TLSContext?) {
    let speaksOtherwise =
      config.httpProtocol != self.config.httpProtocol || config.tls != self.config.tls
    if !accepts(allLike: config.tls, tls) { trust = PeerTrust() }
    self.tls = tls
    rules = ClusterRules(config)
    balancing.update(config: config)
    if speaksOtherwise { for pool in pools { pool?.retireConnections() } }
  }

  /// The endpoints that were accepted so far would be by the new rules as well.
  private func accepts(allLike config: UpstreamTLSConfig?, _ context: TLSContext?) -> Bool {
    guard let new = config else { return true }
    guard let old = self.config.tls else { return false }
    let asksForSameName = old.verifiesServerName && old.serverName == new.serverName
    let former = PeerJudgement(validation: old.common.validation, context: tls)
    return (!new.verifiesServerName || asksForSameName)
      && PeerJudgement(validation: new.common.validation, context: context).accepts(allOf: former)
  }

  /// The TLS of a connection that is made; nil where it is plain text, or cannot be.
  /// - Parameter protocols: what is offered by ALPN where the configuration names nothing.
  func session(
    on fd: Int32, for pool: EndpointPool, offering protocols: [String]
  ) -> TLSSession? {
    tls.map { TLSSession(client: $0, on: fd, offering: protocols, resuming: pool.savedSession) }
  }

  /// A connection to one of the endpoints failed, in its handshake or behind it.
  func onTLSFault(_ fault: TLSFault, at endpoint: SocketAddress, _ worker: Worker) {
    stats.tls.failed(fault.cause)
    worker.peerFaults.note(.tls(fault), of: endpoint, at: place)
  }

  /// What endpoints are spoken to in, for a client that speaks that version.
  func wire(toServe client: HTTPVersion) -> UpstreamProtocol {
    switch config.httpProtocol {
    case .http1: .http1
    case .http2: .http2
    case .asDownstream: client == .http2 ? .http2 : .http1
    case .auto: .undecided
    }
  }

  /// Requests of both protocols may wait for connections.
  var mixesProtocols: Bool { if case .asDownstream = config.httpProtocol { true } else { false } }

  func update(endpoints: EndpointSet) {
    let changes = balancing.update(endpoints: endpoints)
    for endpoint in changes.removed { release(endpoint) }
  }

  private func release(_ endpoint: UpstreamEndpoint) {
    guard endpoint.poolIndex >= 0, let pool = pools[endpoint.poolIndex] else { return }
    pool.retireConnections()
    pools[endpoint.poolIndex] = nil
    freeSlots.append(endpoint.poolIndex)
    endpoint.poolIndex = -1
    for exchange in pool.releaseWaiting() { exchange.onConnectFailure("endpoint_removed") }
  }

  /// The cluster left the configuration: nothing new is sent; what runs finishes.
  func retire() {
    for endpoint in balancing.update(endpoints: .init(clusterName: config.name, localities: []))
      .removed
    { release(endpoint) }
  }

  /// What happened at each endpoint; the rest are as they began.
  var endpointReports: [EndpointReport] {
    balancing.endpoints.lazy.map { EndpointReport($0) }.filter {
      $0.requests > 0 || $0.counters.connections > 0
    }
  }

  // MARK: connections

  func pool(for endpoint: UpstreamEndpoint) -> EndpointPool {
    if endpoint.poolIndex >= 0, let pool = pools[endpoint.poolIndex] { return pool }
    let pool = EndpointPool(endpoint, cluster: self, on: loop)
    if let slot = freeSlots.popLast() {
      endpoint.poolIndex = slot
      pools[slot] = pool
    } else {
      endpoint.poolIndex = pools.count
      pools.append(pool)
    }
    return pool
  }

  /// Whether a connection may be opened. Where the cluster has all it may have, the one that is idle
  /// longest on this worker makes room.
  func makesRoomForConnection() -> Bool {
    let connections = balancing.breakers.connections
    if connections.isAvailable { return true }
    let idle = pools.compactMap { pool in pool?.idleSince.map { (since: $0, pool: pool) } }
    idle.min { $0.since < $1.since }?.pool?.closeOldest()
    return connections.isAvailable
  }

  /// A connection is being made, for which a unit of the circuit breaker was taken.
  func connectionBegan(at endpoint: UpstreamEndpoint) {
    endpoint.connectionBegan()
    stats.connectionBegan()
  }

  func connectFailed(at endpoint: UpstreamEndpoint) {
    endpoint.connectFailed()
    stats.upstreamConnectionConnectFail.add()
  }

  /// It is closed, or will not stand.
  func connectionEnded(at endpoint: UpstreamEndpoint) {
    endpoint.connectionEnded()
    stats.connectionEnded()
    balancing.breakers.connections.release()
    serveWaiting()
  }

  func allowsReuse(afterRequests count: Int) -> Bool { count < rules.maxRequests }

  /// A connection became free or ended: whoever waits, at whichever endpoint, may have room now.
  func serveWaiting() {
    if waitingCount > 0 { for pool in pools { pool?.serveWaiting() } }
  }

  /// Closes pooled connections that were not used for the cluster's idle timeout or are too old, lets those
  /// who wait for one look again, as others may have ended elsewhere, and brings counters that balancing
  /// keeps up to date.
  func sweep(now: MonotonicInstant) {
    serveWaiting()
    stats.healthyPanic.set(balancing.panicPicks)
    if rules.connectionMilliseconds < .max { for pool in pools { pool?.retireAged() } }
    guard let timeout = config.idleTimeout else { return }
    let age = MonotonicInstant(nanoseconds: 0).advanced(by: timeout).nanoseconds
    guard now.nanoseconds > age else { return }
    let limit = MonotonicInstant(nanoseconds: now.nanoseconds - age)
    for pool in pools { pool?.closeIdle(before: limit) }
  }
}
