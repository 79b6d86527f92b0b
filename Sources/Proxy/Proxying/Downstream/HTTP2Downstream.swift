import HTTP2
import HTTPModel
import Memory
import Platform
import Reactor
import Sockets
import TLS
import Telemetry

/// A client's HTTP/2 connection: many exchanges at once, each on a stream of its own.
final class HTTP2Downstream: StreamSocket, HTTP2TransportOwner, DownstreamConnection {
  let worker: Worker
  let manager: HTTPConnectionManager
  let remote: SocketAddress
  let local: SocketAddress
  let security: ConnectionSecurity?
  private let acceptedAt: MonotonicInstant
  private(set) var transport: HTTP2Transport!
  /// Tunnels that both sides have ended, of which something is still on its way to an endpoint.
  private var endingTunnels: [HTTP2DownstreamStream] = []
  private var requestCount = 0
  private(set) var activeRequestCount = 0

  /// Since when no stream is open.
  private var idleSince: MonotonicInstant
  /// When it was said that no further streams will be taken; nil: it was not.
  private var shutdownAnnounced: MonotonicInstant?
  private var hasSaidGoodbye = false
  /// The client's SETTINGS came, which it is to begin with (RFC 9113 section 3.4).
  private var hasGreeted = false
  /// When it is closed whatever the client does; nil: not for now.
  private var closeBy: MonotonicInstant?
  private var timer: TimerHandle?
  private var armedFor = MonotonicInstant.never

  var session: HTTP2Session { transport.session }
  private var timeouts: DownstreamTimeouts { manager.rules.timeouts }

  init(
    taking fd: Int32, tls: TLSSession? = nil, security: ConnectionSecurity? = nil,
    worker: Worker, manager: HTTPConnectionManager, remote: SocketAddress, local: SocketAddress
  ) {
    self.worker = worker
    self.manager = manager
    self.remote = remote
    self.local = local
    acceptedAt = worker.loop.now
    idleSince = worker.loop.now
    self.security =
      security ?? tls.map { ConnectionSecurity($0, manager.rules.forwardedCertificate) }
    super.init(taking: fd, on: worker.loop, tls: tls)
  }

  /// Call once, when the connection manager knows it.
  /// - Parameter received: what was read of the connection already.
  func start(received: ByteBuffer? = nil) {
    manager.stats.downstreamHTTP2ConnectionTotal.add()
    do {
      let session = try HTTP2Session(
        server: true, settings: manager.rules.http2, now: loop.now, delegate: self,
        memory: worker.http2Memory)
      transport = HTTP2Transport(session, over: self, owner: self, worker.buffers)
      try open()
    } catch { return shut() }
    if let settings = manager.config.http2.keepAlive { transport.keepAlive(settings) }
    arm(connectionDeadline)
    if let received { transport.receive(received) }
    if isOpen { transport.flushSoon() }
  }

  // MARK: readiness

  override func onSocketReady() {
    if hasFailed { return shut() }
    if canWrite { transport.flush() }
    if isOpen, canRead { transport.receive() }
  }

  override func onTLSFault(_ fault: TLSFault) { manager.faults.note(.tls(fault), of: remote) }

  override func onTurn() { if isOpen { transport.onTurn() } }

  func received(_ count: Int) { manager.stats.downstreamReceivedBytes.add(UInt64(count)) }
  func sent(_ count: Int) { manager.stats.downstreamSentBytes.add(UInt64(count)) }

  func onTransportGone(_ fault: HTTP2ConnectionFault?) {
    if let fault { errorSent(fault) }
    shut()
  }

  /// Behind our last words only the client's end is waited for, so that no reset overtakes them.
  func onTransportDrained() {
    guard session.isOver || (hasSaidGoodbye && session.openStreamCount == 0) else { return }
    if peerClosed { return shut() }
    transport.ignoreInput()
    shutdownWrite()
    closeSoon()
  }

  private func closeSoon() {
    guard closeBy == nil else { return }
    closeBy = loop.now.advanced(byMilliseconds: timeouts.delayedClose)
    arm(connectionDeadline)
  }

  // MARK: streams

  func streamOpened() -> HTTP2Stream { HTTP2DownstreamStream(on: self) }

  func streamRefused() { manager.stats.downstreamRequestRefused.add() }

  func requestBegan() {
    activeRequestCount += 1
    requestCount += 1
    if manager.rules.isLastRequest(requestCount) {
      manager.stats.downstreamConnectionMaxRequestsReached.add()
      announceShutdown()
    }
  }

  func streamClosed(hasBegun: Bool) {
    if hasBegun { activeRequestCount -= 1 }
    if session.openStreamCount == 0 {
      idleSince = loop.now
      arm(connectionDeadline)
    }
  }

  func settingsReceived() { hasGreeted = true }
  func pingAcknowledged() { transport.pingAcknowledged() }
  func goAwayReceived(lastStream: Int32, _ code: HTTP2ErrorCode, debug: String) {}

  func errorSent(_ fault: HTTP2ConnectionFault) {
    manager.stats.downstreamConnectionProtocolError.add()
    manager.stats.downstreamHTTP2Error.add()
    manager.faults.note(.http2(fault), of: remote)
  }

  func floodDetected(_ flood: HTTP2Flood) {
    manager.stats.downstreamConnectionProtocolError.add()
    manager.stats.floods.add(flood)
    manager.faults.note(.flood(flood), of: remote)
    closeSoon()
  }

  /// A header block that does not end.
  func onSlowHead() {
    manager.stats.downstreamRequestHeaderTimeout.add()
    session.terminate(.enhanceYourCalm)
    transport.flushSoon()
    closeSoon()
  }

  func keep(_ stream: HTTP2DownstreamStream) { endingTunnels.append(stream) }

  func forget(_ stream: HTTP2DownstreamStream) { endingTunnels.removeAll { $0 === stream } }

  private func forEachStream(_ body: (HTTP2DownstreamStream) -> Void) {
    transport?.forEachStream { if let stream = $0 as? HTTP2DownstreamStream { body(stream) } }
    for stream in endingTunnels { body(stream) }
  }

  func forEachExchange(_ body: (Exchange) -> Void) {
    forEachStream { if let exchange = $0.exchange { body(exchange) } }
  }

  var tunnelCount: Int {
    var count = 0
    forEachExchange { if $0.tunnel == .open { count += 1 } }
    return count
  }

  // MARK: deadlines

  /// Something ends at `due` for the worse, perhaps earlier than all else. One timer serves all waits of
  /// the connection and its streams; it is armed lazily.
  func arm(_ due: MonotonicInstant) {
    guard due < armedFor else { return }
    loop.disarm(&timer)
    timer = loop.arm(self, TimerKind(0), at: due)
    armedFor = due
  }

  private var connectionDeadline: MonotonicInstant {
    if let closeBy { return closeBy }
    if let announced = shutdownAnnounced {
      return hasSaidGoodbye ? .never : announced.advanced(byMilliseconds: timeouts.drain)
    }
    if !hasGreeted { return acceptedAt.advanced(byMilliseconds: timeouts.head) }
    let age = acceptedAt.advanced(byMilliseconds: timeouts.connection)
    guard session.openStreamCount == 0 else { return age }
    return min(age, idleSince.advanced(byMilliseconds: timeouts.idle))
  }

  override func onTimer(_ kind: TimerKind) {
    timer = nil
    armedFor = .never
    guard isOpen else { return }
    forEachStream { if $0.due <= loop.now { $0.expire() } }
    if isOpen, connectionDeadline <= loop.now { expire() }
    // What was just answered is over with its answer, or its time would be up once more.
    if isOpen { transport.flush() }
    guard isOpen else { return }
    var next = connectionDeadline
    forEachStream { next = min(next, $0.due) }
    arm(next)
  }

  private func expire() {
    if closeBy != nil { return shut() }
    if !hasGreeted {
      manager.stats.downstreamRequestHeaderTimeout.add()
      return shut()
    }
    if shutdownAnnounced != nil { return sayGoodbye() }
    if loop.now >= acceptedAt.advanced(byMilliseconds: timeouts.connection) {
      manager.stats.downstreamConnectionMaxDurationReached.add()
    } else {
      manager.stats.downstreamConnectionIdleTimeout.add()
    }
    announceShutdown()
    if session.openStreamCount == 0 { sayGoodbye() }
  }

  // MARK: endings

  func drain() {
    announceShutdown()
    transport.flushSoon()
  }

  /// New streams that are on their way are still taken for a while (RFC 9113 section 6.8).
  private func announceShutdown() {
    guard shutdownAnnounced == nil else { return }
    shutdownAnnounced = loop.now
    session.announceShutdown()
    arm(connectionDeadline)
  }

  private func sayGoodbye() {
    hasSaidGoodbye = true
    session.goAway()
    transport.flushSoon()
  }

  func cut() {
    forEachStream { $0.cut() }
    session.terminate(.noError)
    transport.flush()
    shut()
  }

  /// Closes the connection and gives everything back.
  func shut() {
    guard isOpen else { return }
    close()
    loop.disarm(&timer)
    forEachStream { $0.onConnectionGone() }
    endingTunnels = []
    transport?.end()
    manager.remove(self)
  }
}
