import HTTP2
import HTTPModel
import Memory
import Platform
import Telemetry

/// One request of a client on an HTTP/2 connection, with its exchange. Owning worker only.
final class HTTP2DownstreamStream: HTTP2ProxyStream, Downstream {
  private let connection: HTTP2Downstream
  private let transport: HTTP2Transport
  /// nil once it is over.
  private(set) var exchange: Exchange?
  private var deadline: DownstreamDeadline
  /// The head was read.
  private var hasBegun = false
  /// Its end was read.
  private var isRequestWhole = false
  /// The end of the response is on its way out.
  private var isEndSent = false
  /// The response's head was given to the session.
  private var isHeadSent = false
  /// The response has a body.
  private var hasBody = false
  /// Until when what is left of an answered request is waited for.
  private var lingersUntil = MonotonicInstant.never

  var manager: HTTPConnectionManager { connection.manager }
  var remote: SocketAddress { connection.remote }
  var local: SocketAddress { connection.local }
  var security: ConnectionSecurity? { connection.security }

  init(on connection: HTTP2Downstream) {
    self.connection = connection
    transport = connection.transport
    deadline = DownstreamDeadline(idleSince: connection.loop.now)
    let exchange = connection.worker.exchanges.take(for: connection.worker)
    self.exchange = exchange
    super.init(request: exchange.requestHead)
    exchange.begin(self)
    connection.arm(due)
  }

  private var now: MonotonicInstant { connection.loop.now }

  // MARK: request

  override func onHead(ended: Bool) {
    guard let exchange else { return }
    begin()
    isRequestWhole = ended
    if ended { deadline.requestEnded(now) }
    guard connection.worker.mayBegin() else {
      manager.stats.downstreamRequestOverload.add()
      return exchange.reply(.memoryShort)
    }
    exchange.onRequestHead(ended: ended)
    // Only now it is known what the route allows.
    connection.arm(due)
  }

  private func begin() {
    hasBegun = true
    deadline.exchangeBegan(now)
    manager.stats.requestBegan()
    connection.requestBegan()
  }

  func touched() { deadline.touched(now) }

  override func onBody(_ bytes: Span<UInt8>) {
    guard let exchange else { return transport.session.releaseWindow(of: self) }
    deadline.touched(now)
    exchange.onRequestBody(bytes)
    if exchange.refuseByFilters() { return }
    touch(transport)
  }

  override func onEnd(trailers: Trailers?) {
    guard let exchange else { return }
    isRequestWhole = true
    if exchange.tunnel == .none {
      deadline.requestEnded(now)
      connection.arm(due)
    } else if trailers != nil {
      return refuseTrailers(exchange)
    }
    exchange.onRequestEnd(trailers: trailers)
    touch(transport)
  }

  /// A tunnel carries nothing but bytes (RFC 9113 section 8.5).
  private func refuseTrailers(_ exchange: Exchange) {
    manager.stats.downstreamConnectionProtocolError.add()
    exchange.onMalformed("fields_in_tunnel")
    end(exchange)
    transport.session.reset(self, .protocolError)
  }

  override func settle() {
    guard let exchange else { return transport.session.releaseWindow(of: self) }
    exchange.flushRequest()
    if self.exchange != nil { resumeReading(of: exchange) }
    if self.exchange != nil { exchange.onDownstreamDrained() }
  }

  func resumeReading(of exchange: Exchange) {
    let held = exchange.request.unsentCount
    if unconsumedBytes > held {
      transport.session.consume(unconsumedBytes - held, of: self)
      transport.flushSoon()
    }
  }

  override func onFault(_ fault: HTTP2Fault) {
    guard let exchange else { return }
    manager.stats.downstreamConnectionProtocolError.add()
    if !hasBegun { begin() }
    if let status = fault.status, exchange.response.phase == .none {
      exchange.refuse(status: status, fault.reason)
    } else {
      exchange.onMalformed(fault.reason)
      end(exchange)
    }
  }

  // MARK: response

  func sendInterim(of exchange: Exchange) {
    transport.session.sendInterim(exchange.responseHead, on: self)
    transport.flushSoon()
  }

  func sendHead(of exchange: Exchange) {
    let framing = exchange.responseHead.framing
    hasBody =
      exchange.tunnel == .open
      || framing != .none && framing != .length(0) && exchange.requestHead.method != .head
    exchange.response.encodeUnframed(hasBody ? framing : .none)
  }

  func onTunnelOpen(of exchange: Exchange) {
    touch(transport)
    transport.flushSoon()
  }

  func flush(_ exchange: Exchange) {
    guard exchange.response.phase != .none else { return }
    // A tunnel whose other direction took longer.
    if isEndSent { return endTunnel(exchange) }
    let isEnded = exchange.response.phase == .ended
    if isEnded, !isOutgoingComplete {
      transport.session.endBody(of: self, trailers: exchange.response.trailers)
    } else {
      transport.session.resume(self)
    }
    if !isHeadSent {
      isHeadSent = true
      exchange.response.onHeadSent()
      let body = hasBody ? exchange.response.buffer : nil
      transport.session.send(exchange.responseHead, body: body, on: self)
    }
    transport.flushSoon()
  }

  override func onBodySent(_ count: Int) {
    guard let exchange else { return }
    exchange.response.onSent(count)
    deadline.touched(now)
    // Nobody waits for room behind the end.
    if exchange.response.phase != .ended { touch(transport) }
  }

  override func onEndSent() {
    guard let exchange else { return }
    isEndSent = true
    if exchange.tunnel == .open { return endTunnel(exchange) }
    end(exchange)
    guard !isRequestWhole else { return }
    // What is left of the request is dropped, not waited for without end (RFC 9113 section 8.1).
    lingersUntil = now.advanced(byMilliseconds: manager.rules.timeouts.delayedClose)
    connection.arm(due)
  }

  // MARK: endings

  func closeAfterResponse() {}

  /// What the client sent last may still be on its way to the endpoint.
  private func endTunnel(_ exchange: Exchange) {
    guard exchange.request.phase == .sent else { return }
    end(exchange)
    connection.forget(self)
  }

  override func onClosed(_ code: HTTP2ErrorCode) {
    connection.streamClosed(hasBegun: hasBegun)
    guard let exchange else { return }
    if code == .noError, exchange.tunnel == .open, isRequestWhole, isEndSent {
      return connection.keep(self)
    }
    guard hasBegun else { return discard(exchange) }
    exchange.onDownstreamGone()
  }

  override func onConnectionGone() {
    guard let exchange else { return }
    if hasBegun { exchange.onDownstreamGone() } else { discard(exchange) }
  }

  /// A request of which no head was read leaves no trace.
  private func discard(_ exchange: Exchange) {
    self.exchange = nil
    connection.worker.exchanges.recycle(exchange)
  }

  func abort(_ exchange: Exchange) {
    end(exchange)
    transport.session.reset(self, .internalError)
    transport.flushSoon()
  }

  private func end(_ exchange: Exchange) {
    self.exchange = nil
    connection.worker.finishExchange(exchange)
  }

  // MARK: deadlines

  /// The instant it ends for the worse.
  var due: MonotonicInstant {
    guard let exchange else { return lingersUntil }
    guard hasBegun else {
      return deadline.since.advanced(byMilliseconds: manager.rules.timeouts.head)
    }
    return deadline.exchangeDeadline(
      of: exchange, manager.rules.timeouts, isPaused: unconsumedBytes > 0)
  }

  func expire() {
    guard let exchange else { return lingeredEnough() }
    if isHeadHeld { return transport.session.reset(self, .cancel) }
    // Nothing else can be read behind a head that does not end.
    guard hasBegun else { return connection.onSlowHead() }
    exchange.onDeadline(
      requestEnded: deadline.requestEnd != nil,
      idle: now >= deadline.idleDeadline(of: exchange, manager.rules.timeouts))
  }

  private func lingeredEnough() {
    lingersUntil = .never
    transport.session.reset(self, .noError)
  }

  func cut() { exchange?.onDrainTimeout() }
}
