import Sockets
import TLS

/// How a connection to an endpoint comes to stand: TCP, then TLS where the cluster has it. A value of its
/// owner's. Owning worker only.
struct UpstreamHandshake {
  enum Step {
    /// It goes on when the socket is ready again.
    case waits
    case stands
    case failed(StaticString)
  }

  let pool: EndpointPool
  /// What is to be spoken.
  let wire: UpstreamProtocol

  private var cluster: ClusterRuntime { pool.cluster }

  /// The socket is ready, for the first time or again.
  func step(on socket: StreamSocket) -> Step {
    if socket.tls != nil { return shakeHands(on: socket) }
    guard socket.canWrite || socket.peerClosed else { return .waits }
    guard socket.connectOutcome() == 0 else { return .failed("upstream_connection_refused") }
    guard cluster.config.tls != nil else { return .stands }
    guard let session = cluster.session(on: socket.fd, for: pool, offering: offeredProtocols)
    else { return .failed("tls_not_configured") }
    socket.secure(with: session)
    return shakeHands(on: socket)
  }

  private func shakeHands(on socket: StreamSocket) -> Step {
    switch socket.handshake() {
    case .wantsRead, .wantsWrite: return .waits
    case .failed(let fault): return .failed(fault.cause.name)
    case .done: break
    }
    guard let tls = socket.tls else { return .stands }
    cluster.stats.tls.handshakes.add()
    if tls.isResumed { cluster.stats.tls.resumptions.add() }
    guard let fault = mismatch(tls) else { return .stands }
    socket.onTLSFault(fault)
    return .failed(fault.cause.name)
  }

  /// It did not stand in time.
  func timeOut(_ socket: StreamSocket) { if socket.tls != nil { socket.onTLSFault(.timedOut) } }

  /// What ALPN is told where the configuration names nothing.
  private var offeredProtocols: [String] {
    switch wire {
    case .http1: ["http/1.1"]
    case .http2: ["h2"]
    case .undecided: ["h2", "http/1.1"]
    case .bytes: []
    }
  }

  /// What keeps the endpoint's choice from being what the connection was made for. Of all names HTTP/2's alone
  /// is none of HTTP/1; without one the configuration is believed.
  private func mismatch(_ tls: TLSSession) -> TLSFault? {
    let chosen = tls.applicationProtocol
    let isSpoken =
      switch wire {
      case .http1: chosen != "h2"
      case .http2: chosen == nil || chosen == "h2"
      case .undecided, .bytes: true
      }
    if !isSpoken { return .unspokenProtocol(chosen ?? "") }
    let isHTTP2 = wire == .http2 || wire == .undecided && chosen == "h2"
    return isHTTP2 && tls.blocksHTTP2 ? .unspokenHTTP2(over: tls) : nil
  }
}
