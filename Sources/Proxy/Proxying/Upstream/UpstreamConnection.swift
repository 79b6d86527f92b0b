import Platform
import Reactor
import Sockets
import TLS

/// A connection to an endpoint, from its first packet on.
class UpstreamConnection: StreamSocket {
  final let worker: Worker
  final let cluster: ClusterRuntime
  final let pool: EndpointPool
  /// What is spoken on it.
  final let wire: UpstreamProtocol
  final let trust: PeerTrust
  private(set) final var isConnecting = true
  /// Our side's address; nil until the connection stands.
  private(set) final var local: SocketAddress?
  /// Since when no exchange is on it.
  final var idleSince: MonotonicInstant
  private let begun: MonotonicInstant
  /// `EndpointPool.epoch` when it was begun.
  private let epoch: Int
  private var connectTimer: TimerHandle?

  /// Takes over a descriptor that is being connected.
  init(taking fd: Int32, _ wire: UpstreamProtocol, worker: Worker, pool: EndpointPool) {
    self.worker = worker
    self.pool = pool
    self.wire = wire
    epoch = pool.epoch
    cluster = pool.cluster
    trust = pool.cluster.trust
    begun = worker.loop.now
    idleSince = worker.loop.now
    super.init(taking: fd, on: worker.loop)
    armConnectTimer()
  }

  /// Takes over a connection that stands, now that it is known what is spoken on it.
  init(succeeding scout: UndecidedUpstream, _ wire: UpstreamProtocol) {
    worker = scout.worker
    pool = scout.pool
    cluster = scout.cluster
    self.wire = wire
    epoch = scout.epoch
    trust = scout.trust
    begun = scout.begun
    isConnecting = false
    local = scout.local
    idleSince = scout.worker.loop.now
    let tls = scout.tls
    super.init(taking: scout.detach(), on: scout.loop, tls: tls)
  }

  // MARK: for those who use it

  /// It has lived for `max_connection_duration`, and is to take nothing more on; asked once it is not
  /// needed any more.
  final func hasAged() -> Bool {
    let limit = cluster.rules.connectionMilliseconds
    guard limit < .max, loop.now >= begun.advanced(byMilliseconds: limit) else { return false }
    cluster.stats.upstreamConnectionMaxDuration.add()
    return true
  }

  /// The endpoint is there, and is spoken to as when the connection was begun.
  final var isCurrent: Bool { epoch == pool.epoch }

  /// Takes an exchange, now or as soon as it stands.
  func attach(_ exchange: Exchange) { preconditionFailure("each kind has its own") }

  /// Takes back an exchange that was never begun.
  func giveBack() {}

  /// Closes the connection and gives everything back.
  func shut() { preconditionFailure("each kind has its own") }

  // MARK: connecting

  /// It stands.
  func onConnected() { preconditionFailure("each kind has its own") }

  /// It will not stand; it is to be closed.
  func onConnectFailed(_ cause: StaticString) { preconditionFailure("each kind has its own") }

  /// It stands, and has not said in time what it was waited for.
  func onGreetingOverdue() {}

  /// Readiness of a connection that stands.
  func onStandingReady() {}

  final override func onSocketReady() {
    if !isConnecting { return onStandingReady() }
    switch way.step(on: self) {
    case .waits: break
    case .stands where trust.isWithdrawn: failConnecting(LocalReply.endpointDistrusted.cause)
    case .stands: stand()
    case .failed(let cause): failConnecting(cause)
    }
  }

  private var way: UpstreamHandshake { UpstreamHandshake(pool: pool, wire: wire) }

  final override func onTLSFault(_ fault: TLSFault) {
    cluster.onTLSFault(fault, at: pool.endpoint.address, worker)
  }

  private func stand() {
    disarmConnectTimer()
    isConnecting = false
    local = localAddress(of: fd)
    cluster.stats.connectionEstablished(afterNanoseconds: loop.now.nanoseconds(since: begun))
    onConnected()
  }

  final override func onTimer(_ kind: TimerKind) {
    connectTimer = nil
    guard isOpen else { return }
    guard isConnecting else { return onGreetingOverdue() }
    way.timeOut(self)
    cluster.stats.upstreamConnectionConnectTimeout.add()
    failConnecting("upstream_connect_timeout")
  }

  final func failConnecting(_ cause: StaticString) {
    cluster.connectFailed(at: pool.endpoint)
    onConnectFailed(cause)
  }

  /// What the next connection to the endpoint may take up.
  final func keepSession() { if let saved = tls?.savedSession { pool.savedSession = saved } }

  final func armConnectTimer() {
    guard connectTimer == nil else { return }
    connectTimer = loop.arm(
      self, TimerKind(0), at: loop.now.advanced(by: cluster.config.connectTimeout))
  }

  final func disarmConnectTimer() { loop.disarm(&connectTimer) }
}
