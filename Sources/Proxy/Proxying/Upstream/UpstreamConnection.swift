import Platform
import Reactor
import Sockets
import TLS

/// A connection to an endpoint, from its first packet on.
class UpstreamConnection: StreamSocket {
  final let worker: Worker
  final let cluster: ClusterRuntime
  final let pool: EndpointPool
  private(set) final var isConnecting = true
  /// Our side's address; nil until the connection stands.
  private(set) final var local: SocketAddress?
  /// Since when no exchange is on it.
  final var idleSince: MonotonicInstant
  private let begun: MonotonicInstant
  private var connectTimer: TimerHandle?

  /// Takes over a descriptor that is being connected.
  init(taking fd: Int32, worker: Worker, pool: EndpointPool) {
    self.worker = worker
    self.pool = pool
    cluster = pool.cluster
    begun = worker.loop.now
    idleSince = worker.loop.now
    super.init(taking: fd, on: worker.loop)
    connectTimer = loop.arm(
      self, TimerKind(0), at: loop.now.advanced(by: cluster.config.connectTimeout))
  }

  // MARK: for those who use it

  /// What is offered by ALPN where the configuration names nothing.
  var applicationProtocol: String { "http/1.1" }

  /// Takes an exchange, now or as soon as it stands.
  func attach(_ exchange: Exchange) {}

  /// Takes back an exchange that was never begun.
  func giveBack() {}

  /// Closes the connection and gives everything back.
  func shut() {}

  // MARK: connecting

  /// It stands.
  func onConnected() {}

  /// It will not stand; it is to be closed.
  func onConnectFailed(_ cause: StaticString) {}

  /// Readiness of a connection that stands.
  func onStandingReady() {}

  final override func onSocketReady() {
    if !isConnecting { return onStandingReady() }
    if tls != nil { return shakeHands() }
    if canWrite || peerClosed { finishConnecting() }
  }

  private func finishConnecting() {
    guard connectOutcome() == 0 else { return failConnecting("upstream_connection_refused") }
    guard cluster.config.tls != nil else { return stand() }
    guard let session = cluster.session(on: fd, for: pool, offering: applicationProtocol) else {
      return failConnecting("tls_not_configured")
    }
    secure(with: session)
    shakeHands()
  }

  private func shakeHands() {
    switch handshake() {
    case .wantsRead, .wantsWrite: return
    case .failed(let fault):
      cluster.onTLSFault(fault, at: pool.endpoint.address, worker)
      failConnecting(fault.cause.name)
    case .done:
      cluster.stats.tls.handshakes.add()
      if tls?.isResumed == true { cluster.stats.tls.resumptions.add() }
      let chosen = tls?.applicationProtocol ?? applicationProtocol
      // Of those protocols only HTTP/2 is none of the others.
      guard (chosen == "h2") == (applicationProtocol == "h2") else {
        return failConnecting("alpn_mismatch")
      }
      stand()
    }
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
    guard isConnecting, isOpen else { return }
    cluster.stats.upstreamConnectionConnectTimeout.add()
    failConnecting("upstream_connect_timeout")
  }

  private func failConnecting(_ cause: StaticString) {
    cluster.connectFailed(at: pool.endpoint)
    onConnectFailed(cause)
  }

  /// What the next connection to the endpoint may take up.
  final func keepSession() { if let saved = tls?.savedSession { pool.savedSession = saved } }

  final func disarmConnectTimer() { loop.disarm(&connectTimer) }
}
