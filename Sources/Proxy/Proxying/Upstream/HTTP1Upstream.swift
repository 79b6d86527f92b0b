import HTTP1
import HTTPModel
import Memory
import Platform
import Reactor
import Sockets

/// A connection to an endpoint: it sends one exchange's request at a time and decodes the response. It
/// ends with an exchange that becomes a tunnel.
final class HTTP1Upstream: UpstreamConnection, Upstream {
  enum Phase { case connecting, idle, busy, closed }

  /// Reads of one turn before other connections get theirs.
  private static let readsPerTurn = 64

  private(set) var phase = Phase.connecting
  private(set) var exchange: Exchange?
  private(set) var requestCount = 0
  /// Bytes written before the present request.
  private var sentBefore: UInt64 = 0
  private var input: ByteBuffer?
  private var decoder: ResponseHeadDecoder
  private var body: BodyDecoder
  private var headDecoded = false
  /// Bytes of interim responses so far: bounded, since they pass without a body's backpressure.
  private var interimBytes = 0
  private var isReadingPaused = false

  override init(taking fd: Int32, _ wire: UpstreamProtocol, worker: Worker, pool: EndpointPool) {
    let limits = pool.cluster.rules.responseLimits
    decoder = ResponseHeadDecoder(limits: limits)
    body = BodyDecoder(framing: .none, limits: limits)
    super.init(taking: fd, wire, worker: worker, pool: pool)
  }

  init(succeeding scout: UndecidedUpstream) {
    decoder = ResponseHeadDecoder(limits: scout.cluster.rules.responseLimits)
    body = BodyDecoder(framing: .none, limits: scout.cluster.rules.responseLimits)
    super.init(succeeding: scout, .http1)
  }

  // MARK: readiness

  override func onStandingReady() {
    switch phase {
    case .idle: closeIfSpoken()
    case .busy: if let exchange { serve(exchange) }
    case .connecting, .closed: break
    }
  }

  private func serve(_ exchange: Exchange) {
    if canWrite, exchange.request.phase != .sent { flushRequest(of: exchange) }
    // What the turn before read last is still to be decoded, though there may be no more.
    if phase == .busy, canRead || hasUndecoded { pumpResponse(exchange) }
  }

  private var hasUndecoded: Bool { !(input?.isEmpty ?? true) }

  override func onTurn() { if phase == .busy, let exchange { serve(exchange) } }

  override func onConnected() {
    exchange?.onConnected()
    if let exchange { send(exchange) } else { becomeIdle() }
  }

  override func onConnectFailed(_ cause: StaticString) {
    let waiting = exchange
    exchange = nil
    shut()
    waiting?.onConnectFailure(cause)
  }

  /// An idle connection has nothing to say: what it says is its end, or a fault, or between sessions of
  /// TLS.
  private func closeIfSpoken() {
    guard canRead, !saysNothing() else { return }
    pool.remove(self)
    shut()
  }

  private func saysNothing() -> Bool {
    guard tls != nil else { return false }
    let buffer = worker.buffers.acquire()
    defer { worker.buffers.release(buffer) }
    return receive(into: buffer) == .wouldBlock
  }

  // MARK: request

  /// Takes an exchange whose request is encoded; sends at once when the connection stands.
  override func attach(_ exchange: Exchange) {
    self.exchange = exchange
    exchange.upstream = self
    if phase == .idle { send(exchange) }
  }

  private func send(_ exchange: Exchange) {
    phase = .busy
    exchange.record.attempt.local = local
    requestCount += 1
    sentBefore = writtenBytes
    headDecoded = false
    interimBytes = 0
    isReadingPaused = false
    decoder = ResponseHeadDecoder(limits: cluster.rules.responseLimits)
    if exchange.wire == .bytes { return carry(exchange) }
    flushRequest(of: exchange)
  }

  /// The endpoint knows nothing of the CONNECT that ends here.
  private func carry(_ exchange: Exchange) {
    headDecoded = true
    exchange.responseHead.clear()
    _ = openTunnel(exchange)
  }

  /// Sends what the exchange, whose turn it is here, has encoded.
  func flushRequest(of exchange: Exchange) {
    guard phase == .busy else { return }
    let buffer = exchange.request.buffer
    while !buffer.isEmpty {
      switch send(from: buffer) {
      case .moved(let n):
        cluster.stats.upstreamSentBytes.add(UInt64(n))
        exchange.onRequestBytesSent(n)
      case .wouldBlock: return
      case .endOfStream, .failed:
        if exchange.response.phase == .ended { return onBroken() }
        // The endpoint may have answered before it closed: reading tells.
        return pumpResponse(exchange)
      }
    }
    exchange.onRequestDrained()
    if phase == .busy, exchange.tunnel == .open, exchange.request.phase == .sent {
      endTunnelRequest(exchange)
    }
  }

  /// The client's end is the endpoint's to know at once; it may go on itself.
  private func endTunnelRequest(_ exchange: Exchange) {
    shutdownWrite()
    if exchange.response.phase == .ended { endTunnel(exchange) }
  }

  // MARK: response

  /// Room came free downstream.
  func resumeReading(for exchange: Exchange) { if isReadingPaused { pumpResponse(exchange) } }

  private func pumpResponse(_ exchange: Exchange) {
    isReadingPaused = false
    let buffer = worker.buffers.hold(&input)
    for _ in 0..<Self.readsPerTurn {
      decodeAvailable(buffer, exchange)
      guard phase == .busy, !isReadingPaused else { return }
      switch receiveMore(into: buffer) {
      case .moved: exchange.onUpstreamActivity()
      case .wouldBlock:
        exchange.flushResponse()
        if phase == .busy, exchange.tunnel == .open { releaseIdleInput() }
        return
      case .endOfStream:
        onEndOfStream()
        return
      case .failed:
        onBroken()
        return
      }
    }
    exchange.flushResponse()
    if phase == .busy { loop.runSoon(self) }
  }

  private func receiveMore(into buffer: ByteBuffer) -> IOResult {
    let result = receive(into: buffer)
    if case .moved(let n) = result { cluster.stats.upstreamReceivedBytes.add(UInt64(n)) }
    return result
  }

  /// Decodes what was read, until it is used up, there is no room, or the response is whole.
  private func decodeAvailable(_ buffer: ByteBuffer, _ exchange: Exchange) {
    while phase == .busy, !buffer.isEmpty {
      let progressed = headDecoded ? decodeBody(buffer, exchange) : decodeHead(buffer, exchange)
      if !progressed { return }
    }
  }

  /// One head; false when more bytes are needed, or the exchange is over.
  private func decodeHead(_ buffer: ByteBuffer, _ exchange: Exchange) -> Bool {
    do throws(HTTP1Fault) {
      switch try decoder.decode(
        buffer.readable, answering: exchange.requestHead.method, into: exchange.responseHead)
      {
      case .needMoreBytes: return false
      case .head(let consumed):
        buffer.consume(consumed)
        try check(exchange.responseHead, consumed)
      }
    } catch {
      exchange.onUpstreamFault(error.reason)
      return false
    }
    let head = exchange.responseHead
    if head.isInterim {
      exchange.onInterimResponse()
      return true
    }
    headDecoded = true
    if exchange.tunnel == .asked {
      if exchange.grantsTunnel(head) { return openTunnel(exchange) }
      if exchange.wouldMistake(head.status) { return refuse(exchange) }
    }
    body = BodyDecoder(framing: head.framing, limits: cluster.rules.responseLimits)
    let ended = head.framing == .none || head.framing == .length(0)
    exchange.onResponseHead()
    guard phase == .busy else { return false }
    if ended { endResponse(exchange, trailers: nil) }
    return !ended
  }

  /// What follows the head is bytes, whatever they mean. What waits for them to begin is sent in a turn
  /// of its own.
  private func openTunnel(_ exchange: Exchange) -> Bool {
    body = BodyDecoder(framing: .untilClose, limits: cluster.rules.responseLimits)
    exchange.openTunnel()
    loop.runSoon(self)
    return phase == .busy
  }

  private func refuse(_ exchange: Exchange) -> Bool {
    exchange.onUpstreamFault("upgrade_not_taken")
    return false
  }

  /// Refuses a switch of protocols that was not asked for, and interim responses without end.
  private func check(_ head: ResponseHead, _ byteCount: Int) throws(HTTP1Fault) {
    if head.status == 101, exchange?.hasAsked(for: head) != true { throw .unaskedSwitch }
    guard head.isInterim else { return }
    interimBytes += byteCount
    if interimBytes > cluster.rules.responseLimits.maxHeadBytes { throw .headTooLarge }
  }

  /// One body event; false when more bytes or more room are needed, or the exchange is over.
  private func decodeBody(_ buffer: ByteBuffer, _ exchange: Exchange) -> Bool {
    var room = exchange.responseRoom()
    if room == 0 {
      exchange.flushResponse()
      guard phase == .busy else { return false }
      room = exchange.responseRoom()
    }
    guard room > 0 else {
      isReadingPaused = true
      return false
    }
    do throws(HTTP1Fault) {
      switch try body.decode(buffer.readable, atMost: room, into: worker.trailers) {
      case .needMoreBytes(let consumed):
        buffer.consume(consumed)
        return false
      case .data(let skipped, let count):
        exchange.onResponseBody(
          buffer.readable.extracting(skipped..<(skipped + count)))
        buffer.consume(skipped + count)
        // A body of known length may end with its last byte.
        if body.isEnded { endResponse(exchange, trailers: nil) }
        return phase == .busy
      case .end(let consumed):
        buffer.consume(consumed)
        endResponse(exchange, trailers: worker.trailers)
        return false
      }
    } catch {
      exchange.onUpstreamFault(error.reason)
      return false
    }
  }

  /// The response is whole: the connection is free, or done.
  private func endResponse(_ exchange: Exchange, trailers: Trailers?) {
    let mayCarryMore = cluster.allowsReuse(afterRequests: requestCount)
    if !mayCarryMore { cluster.stats.upstreamConnectionMaxRequests.add() }
    let reusable =
      exchange.responseHead.keepsAlive && exchange.request.phase == .sent
      && !hasUndecoded && mayCarryMore && isCurrent && !hasAged()
    self.exchange = nil
    if reusable { becomeIdle() } else { shut() }
    exchange.onResponseEnd(trailers: trailers)
  }

  // MARK: endings

  private func onEndOfStream() {
    guard let exchange else { return shut() }
    if exchange.tunnel == .open {
      // The client may go on.
      return exchange.request.phase == .sent
        ? endTunnel(exchange) : exchange.endResponse(trailers: nil)
    }
    if headDecoded, exchange.responseHead.framing == .untilClose {
      self.exchange = nil
      shut()
      exchange.onResponseEnd(trailers: nil)
      return
    }
    onBroken()
  }

  /// Both sides have said their last.
  private func endTunnel(_ exchange: Exchange) {
    self.exchange = nil
    shut()
    exchange.onResponseEnd(trailers: nil)
  }

  /// The connection ended while a response was due.
  private func onBroken() {
    guard let exchange else { return shut() }
    let untouched = !headDecoded && !hasUndecoded
    let neverReached = untouched && isUnreached(behind: sentBefore)
    cluster.stats.upstreamConnectionDestroyedRemotely.add()
    self.exchange = nil
    shut()
    exchange.onUpstreamGone(
      mayRetry: untouched && (neverReached || exchange.requestHead.method.isIdempotent))
  }

  private func releaseIdleInput() {
    if let spent = input, spent.isEmpty {
      input = nil
      worker.buffers.release(spent)
    }
  }

  private func becomeIdle() {
    phase = .idle
    idleSince = loop.now
    if let spent = input.take() { worker.buffers.release(spent) }
    // The end of TLS may have come with the response.
    let isOver = tls != nil && canRead && !saysNothing()
    if peerClosed || isOver || !isCurrent { return shut() }
    pool.add(self)
  }

  override func giveBack() { pool.add(self) }

  /// The exchange is over before its response: what comes now could not be told from the next one's.
  func cancel(_: Exchange) {
    // A tunnel that one side reset is not to look whole to the other.
    if exchange?.tunnel == .open { resetOnClose() }
    exchange = nil
    // Others have a use for it, unless it was to carry what nobody else has.
    if phase == .connecting { return wire == .bytes ? shut() : () }
    cluster.stats.upstreamConnectionDestroyedLocally.add()
    cluster.stats.upstreamRequestReset.add()
    shut()
  }

  /// Closes the connection and gives everything back.
  override func shut() {
    guard phase != .closed else { return }
    phase = .closed
    disarmConnectTimer()
    keepSession()
    if let spent = input.take() { worker.buffers.release(spent) }
    close()
    pool.onConnectionClosed()
  }
}
