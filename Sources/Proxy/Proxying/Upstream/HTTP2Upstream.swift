import Config
import HTTP2
import HTTPModel
import Memory
import Platform
import Reactor
import Sockets

/// An HTTP/2 connection to an endpoint, shared by many exchanges.
final class HTTP2Upstream: UpstreamConnection, HTTP2TransportOwner {
  private enum Phase { case connecting, open, closed }

  private var phase = Phase.connecting
  /// It takes no new exchange, and closes behind the last one.
  private var isRetired = false
  private(set) var transport: HTTP2Transport?
  /// Those that came before the connection stood, or before the endpoint said whether it may be asked.
  private var waiting: [HTTP2UpstreamStream] = []
  private var hasGreeted = false
  /// What the endpoint broke HTTP/2 by; nil: it did not.
  private var brokenBy: StaticString?
  private var streamCount = 0
  private var requestCount = 0
  private let settings: HTTP2Settings

  override init(taking fd: Int32, _ wire: UpstreamProtocol, worker: Worker, pool: EndpointPool) {
    settings = pool.cluster.rules.http2
    super.init(taking: fd, wire, worker: worker, pool: pool)
    pool.add(self)
  }

  init(succeeding scout: UndecidedUpstream) {
    settings = scout.cluster.rules.http2
    super.init(succeeding: scout, .http2)
    pool.add(self)
  }

  // MARK: streams

  /// One more exchange may be attached.
  var hasRoom: Bool {
    guard phase != .closed, !isRetired else { return false }
    let session = hasGreeted ? transport?.session : nil
    let allowed = session?.peerMaxConcurrentStreams ?? pool.streamLimit
    return streamCount < Int(min(settings.maxConcurrentStreams, allowed))
      && cluster.allowsReuse(afterRequests: requestCount)
  }

  var isIdle: Bool { streamCount == 0 && phase == .open }

  override func attach(_ exchange: Exchange) {
    let stream = HTTP2UpstreamStream(exchange, on: self)
    exchange.upstream = stream
    streamCount += 1
    requestCount += 1
    if phase == .connecting { waiting.append(stream) } else { open(stream) }
  }

  private func open(_ stream: HTTP2UpstreamStream) {
    guard let transport else { return }
    if stream.waitsForSettings, !hasGreeted {
      armConnectTimer()
      return waiting.append(stream)
    }
    stream.open(transport, sentBefore: writtenBytes + UInt64(transport.unsentCount))
    transport.flushSoon()
  }

  /// The stream is over.
  func streamEnded() {
    streamCount -= 1
    if !cluster.allowsReuse(afterRequests: requestCount), !isRetired {
      cluster.stats.upstreamConnectionMaxRequests.add()
      retire()
    }
    guard streamCount == 0 else { return cluster.serveWaiting() }
    idleSince = loop.now
    if isRetired { loop.runSoon(self) } else { cluster.serveWaiting() }
  }

  // MARK: readiness

  override func onConnected() {
    do throws(HTTP2ConnectionFault) {
      let session = try HTTP2Session(
        server: false, settings: settings, now: loop.now, delegate: self,
        memory: worker.http2Memory)
      transport = HTTP2Transport(session, over: self, owner: self, worker.buffers)
    } catch { return onConnectFailed("upstream_connect_error") }
    phase = .open
    if let keepAlive = cluster.rules.keepAlive { transport?.keepAlive(keepAlive) }
    let streams = waiting
    waiting = []
    for stream in streams {
      stream.exchange?.onConnected()
      if stream.exchange != nil { open(stream) }
    }
    transport?.flushSoon()
    if !isCurrent { retire() }
  }

  override func onConnectFailed(_ cause: StaticString) {
    let streams = waiting
    waiting = []
    shut()
    for stream in streams { stream.takeExchange()?.onConnectFailure(cause) }
  }

  override func onStandingReady() {
    if canWrite { transport?.flush() }
    if isOpen, canRead { transport?.receive() }
  }

  override func onTurn() {
    guard isOpen else { return }
    transport?.onTurn()
    if isOpen, isRetired, streamCount == 0 { shut() }
  }

  func received(_ count: Int) { cluster.stats.upstreamReceivedBytes.add(UInt64(count)) }

  func sent(_ count: Int) { cluster.stats.upstreamSentBytes.add(UInt64(count)) }

  func onTransportDrained() { if transport?.session.isOver == true { onTransportGone(nil) } }

  func onTransportGone(_ fault: HTTP2ConnectionFault?) {
    if let fault { errorSent(fault) }
    if streamCount > 0 { cluster.stats.upstreamConnectionDestroyedRemotely.add() }
    let streams = (openStreams + waiting).map { ($0, isUnreached(behind: $0.sentBefore)) }
    waiting = []
    shut()
    for (stream, neverReached) in streams {
      stream.onConnectionGone(neverReached: neverReached, brokenBy: brokenBy)
    }
  }

  private var openStreams: [HTTP2UpstreamStream] {
    var streams: [HTTP2UpstreamStream] = []
    transport?.forEachStream {
      if let stream = $0 as? HTTP2UpstreamStream { streams.append(stream) }
    }
    return streams
  }

  // MARK: session

  func settingsReceived() {
    hasGreeted = true
    if let transport { pool.streamLimit = transport.session.peerMaxConcurrentStreams }
    disarmConnectTimer()
    let streams = waiting
    waiting = []
    for stream in streams { open(stream) }
    cluster.serveWaiting()
  }
  func pingAcknowledged() { transport?.pingAcknowledged() }

  /// Streams the endpoint has not looked at are closed with REFUSED_STREAM, and go again elsewhere.
  func goAwayReceived(lastStream: Int32, _ code: HTTP2ErrorCode, debug: String) {
    if code != .noError {
      cluster.stats.upstreamConnectionHTTP2Error.add()
      let text = debug.isEmpty ? code.name : "\(code.name): \(debug)"
      note(.http2(HTTP2ConnectionFault("it sent GOAWAY with \(text)")))
    }
    retire()
  }

  func floodDetected(_ flood: HTTP2Flood) {
    brokeHTTP2(.flood(flood), flood.cause)
    retire()
  }

  func errorSent(_ fault: HTTP2ConnectionFault) {
    brokeHTTP2(.http2(fault), "http2_connection_error")
  }

  private func brokeHTTP2(_ fault: PeerFault, _ cause: StaticString) {
    brokenBy = cause
    cluster.stats.upstreamConnectionProtocolError.add()
    cluster.stats.upstreamConnectionHTTP2Error.add()
    note(fault)
  }

  private func note(_ fault: PeerFault) {
    worker.peerFaults.note(fault, of: pool.endpoint.address, at: cluster.place)
  }

  /// What needs the endpoint's SETTINGS waits no longer for them than for a connection.
  override func onGreetingOverdue() {
    cluster.stats.upstreamConnectionConnectTimeout.add()
    let streams = waiting
    waiting = []
    retire()
    for stream in streams { stream.fail("http2_settings_timeout") }
  }

  // MARK: endings

  /// Takes no new exchange; closes behind the last one.
  func retire() {
    guard phase != .closed, !isRetired else { return }
    isRetired = true
    pool.remove(self)
    if streamCount == 0 { loop.runSoon(self) }
  }

  override func shut() {
    guard phase != .closed else { return }
    phase = .closed
    disarmConnectTimer()
    pool.remove(self)
    keepSession()
    transport?.end()
    close()
    pool.onConnectionClosed()
  }
}
