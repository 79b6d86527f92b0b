import HTTP2
import HTTPModel
import Memory

/// One exchange on a connection of HTTP/2 to an endpoint. Owning worker only.
final class HTTP2UpstreamStream: HTTP2ProxyStream, Upstream {
  private let connection: HTTP2Upstream
  private var transport: HTTP2Transport?
  /// nil once the response is whole, or nobody waits for it.
  private(set) var exchange: Exchange?
  /// Bytes written on the connection before the request.
  private(set) var sentBefore: UInt64 = 0
  private var hasAnswered = false
  /// Bytes of interim responses so far: bounded, since they pass without a body's backpressure.
  private var interimBytes = 0

  init(_ exchange: Exchange, on connection: HTTP2Upstream) {
    self.connection = connection
    self.exchange = exchange
    super.init(
      response: exchange.responseHead,
      answering: exchange.tunnel == .none ? exchange.requestHead.method : .connect)
  }

  /// The endpoint's SETTINGS say whether it may be asked (RFC 8441 section 3).
  var waitsForSettings: Bool { exchange?.requestHead.upgrade.isEmpty == false }

  var trust: PeerTrust { connection.trust }

  /// Leaves the exchange to the caller.
  func takeExchange() -> Exchange? { exchange.take() }

  // MARK: request

  func open(_ transport: HTTP2Transport, sentBefore: UInt64) {
    guard let exchange else { return }
    if waitsForSettings, !transport.session.peerAllowsConnect {
      return fail("extended_connect_not_supported")
    }
    self.transport = transport
    self.sentBefore = sentBefore
    exchange.record.attempt.local = connection.local
    if exchange.request.phase != .arriving, exchange.tunnel == .none {
      transport.session.endBody(of: self, trailers: exchange.request.trailers)
    }
    do throws(HTTP2ConnectionFault) {
      try transport.session.send(
        exchange.requestHead, scheme: connection.tls == nil ? "http" : "https",
        body: exchange.tunnel != .none || exchange.request.hasBody ? exchange.request.buffer : nil,
        on: self)
    } catch {
      // No stream number is left: another connection has more.
      connection.retire()
      end()?.onUpstreamGone(mayRetry: true)
      return
    }
    exchange.onRequestBytesSent(0)
    transport.flushSoon()
  }

  /// The endpoint cannot be asked.
  func fail(_ cause: StaticString) { end()?.onConnectFailure(cause) }

  func flushRequest(of exchange: Exchange) {
    guard let transport else { return }
    if exchange.request.phase == .arriving || exchange.tunnel == .asked {
      transport.session.resume(self)
    } else if !isOutgoingComplete {
      transport.session.endBody(of: self, trailers: exchange.request.trailers)
    }
    transport.flushSoon()
  }

  override func onBodySent(_ count: Int) {
    guard let exchange, let transport else { return }
    exchange.onRequestBytesSent(count)
    touch(transport)
  }

  override func onEndSent() {
    guard let exchange else { return }
    exchange.onRequestDrained()
    if exchange.tunnel == .open, exchange.response.phase == .ended { endResponse(trailers: nil) }
  }

  // MARK: response

  override func onHead(ended: Bool) {
    guard let exchange else { return }
    hasAnswered = true
    exchange.onUpstreamActivity()
    if exchange.responseHead.isInterim { return onInterimHead(exchange) }
    if exchange.tunnel == .asked, exchange.grantsTunnel(exchange.responseHead) {
      return openTunnel(exchange, ended: ended)
    }
    exchange.onResponseHead()
    if ended { return endResponse(trailers: nil) }
    touchIfOpen()
  }

  /// One without a field counts, too: as many bytes as its status takes over HTTP/1.1.
  private func onInterimHead(_ exchange: Exchange) {
    let statusLineBytes = 16
    interimBytes += statusLineBytes + exchange.responseHead.bytes.count
    guard interimBytes <= connection.cluster.rules.responseLimits.maxHeadBytes else {
      return exchange.onUpstreamFault(HTTP2Fault.headTooLarge.reason)
    }
    exchange.onInterimResponse()
  }

  private func openTunnel(_ exchange: Exchange, ended: Bool) {
    exchange.openTunnel()
    guard self.exchange != nil else { return }
    flushRequest(of: exchange)
    if ended { onEnd(trailers: nil) } else { touchIfOpen() }
  }

  override func onBody(_ bytes: Span<UInt8>) {
    guard let exchange else { return }
    exchange.onUpstreamActivity()
    exchange.onResponseBody(bytes)
    touchIfOpen()
  }

  override func onEnd(trailers: Trailers?) {
    guard let exchange, exchange.tunnel == .open else { return endResponse(trailers: trailers) }
    // A tunnel carries nothing but bytes (RFC 9113 section 8.5).
    if trailers != nil { return exchange.onUpstreamFault("fields_in_tunnel") }
    if exchange.request.phase == .sent { return endResponse(trailers: nil) }
    // The client may go on.
    exchange.endResponse(trailers: nil)
  }

  private func touchIfOpen() { if let transport { touch(transport) } }

  private func endResponse(trailers: Trailers?) {
    // What is left of the request is of no use (RFC 9113 section 8.1).
    if let exchange, exchange.request.phase != .sent || !isRequestEndSent(exchange) {
      transport?.session.reset(self, .cancel)
    }
    end()?.onResponseEnd(trailers: trailers)
  }

  /// A request for a tunnel leaves its side of the stream open.
  private func isRequestEndSent(_ exchange: Exchange) -> Bool {
    exchange.tunnel != .asked || isOutgoingComplete
  }

  override func settle() {
    guard let exchange else { return }
    exchange.flushResponse()
    guard let exchange = self.exchange else { return }
    if exchange.tunnel == .open, exchange.request.phase == .whole { return }
    if exchange.request.buffer.isEmpty {
      exchange.onRequestDrained()
    } else {
      exchange.onRequestMoved()
    }
  }

  func resumeReading(for exchange: Exchange) {
    let held = exchange.response.buffer.count
    guard unconsumedBytes > held, let transport else { return }
    transport.session.consume(unconsumedBytes - held, of: self)
    transport.flushSoon()
  }

  // MARK: endings

  /// The exchange is done with this stream.
  private func end() -> Exchange? {
    guard let exchange = exchange.take() else { return nil }
    if transport == nil || id == 0 { connection.streamEnded() }
    return exchange
  }

  func cancel(_: Exchange) {
    guard end() != nil, let transport else { return }
    connection.cluster.stats.upstreamRequestReset.add()
    transport.session.reset(self, .cancel)
    transport.flushSoon()
  }

  override func onFault(_ fault: HTTP2Fault) { exchange?.onUpstreamFault(fault.reason) }

  override func onClosed(_ code: HTTP2ErrorCode) {
    connection.streamEnded()
    guard let exchange = exchange.take() else { return }
    if code == .refusedStream, !hasAnswered { return exchange.onUpstreamRefused() }
    exchange.onUpstreamGone(mayRetry: false)
  }

  /// The connection ended.
  /// - Parameters:
  ///   - neverReached: nobody can have acted on the request.
  ///   - fault: how the endpoint broke HTTP/2; nil: it did not.
  func onConnectionGone(neverReached: Bool, brokenBy fault: StaticString?) {
    guard let exchange = exchange.take() else { return }
    exchange.onUpstreamGone(
      mayRetry: !hasAnswered && (neverReached || exchange.requestHead.method.isIdempotent),
      brokenBy: fault)
  }
}
