import HTTP1
import HTTP2
import HTTPModel
import Memory
import Platform
import Reactor
import Sockets
import TLS
import Telemetry

/// A client's HTTP/1 connection: it decodes requests one after the other, gives each to an
/// `Exchange`, and sends what the exchange answers. An idle one holds no buffer.
final class HTTP1Downstream: StreamSocket, Downstream, DownstreamConnection {
  enum Phase {
    /// Between requests, not a byte of the next one read.
    case idle
    /// Part of a request's head was read.
    case head
    /// An exchange is under way.
    case exchange
    /// The answer was sent; what the client still sends is read and dropped until it closes, so that
    /// a reset cannot take the answer away from it (RFC 9112 section 9.6).
    case lingering
    case closed
  }

  let worker: Worker
  let manager: HTTPConnectionManager
  let remote: SocketAddress
  let local: SocketAddress
  let security: ConnectionSecurity?
  let acceptedAt: MonotonicInstant

  var phase = Phase.idle
  private(set) var exchange: Exchange?
  private var input: ByteBuffer?
  private var decoder: RequestHeadDecoder
  private var body: BodyDecoder
  private let trailers: Trailers
  /// The exchange takes no more body for now.
  private(set) var isReadingPaused = false
  /// No further request is read on this connection.
  var closesAfterResponse = false
  private var requestCount = 0
  var deadline: DownstreamDeadline

  init(
    taking fd: Int32, tls: TLSSession? = nil, security: ConnectionSecurity? = nil,
    worker: Worker, manager: HTTPConnectionManager, remote: SocketAddress, local: SocketAddress
  ) {
    self.worker = worker
    self.manager = manager
    self.remote = remote
    self.local = local
    acceptedAt = worker.loop.now
    decoder = RequestHeadDecoder(limits: manager.rules.limits)
    body = BodyDecoder(framing: .none, limits: manager.rules.limits)
    trailers = worker.trailers
    deadline = DownstreamDeadline(idleSince: worker.loop.now)
    self.security =
      security ?? tls.map { ConnectionSecurity($0, manager.rules.forwardedCertificate) }
    super.init(taking: fd, on: worker.loop, tls: tls)
    armDeadline()
  }

  // MARK: readiness

  override func onSocketReady() {
    // A client that only said its last may still wait for the answer; one that reset does not.
    if hasFailed, phase == .exchange { return onBroken() }
    if canWrite, let exchange, !exchange.response.buffer.isEmpty { flush(exchange) }
    if canRead { onInput() }
  }

  override func onTLSFault(_ fault: TLSFault) { manager.faults.note(.tls(fault), of: remote) }

  override func onTimer(_ kind: TimerKind) { onDeadlineTimer() }

  override func onTurn() { if phase != .closed { onInput() } }

  private func onInput() {
    switch phase {
    case .idle, .head: readHead()
    case .exchange: pumpBody()
    case .lingering: dropInput()
    case .closed: break
    }
  }

  private func receiveMore(into buffer: ByteBuffer) -> IOResult {
    let result = receive(into: buffer)
    if case .moved(let n) = result { manager.stats.downstreamReceivedBytes.add(UInt64(n)) }
    return result
  }

  // MARK: requests

  /// Reads until a head is whole. Pipelined heads wait in the buffer until their turn.
  func readHead() {
    let buffer = worker.buffers.hold(&input)
    while phase == .idle || phase == .head {
      if !buffer.isEmpty {
        if phase == .idle, !worker.mayBegin() { return refuseForMemory() }
        let exchange = beginHead()
        let preface = prefaceMatch(buffer.readable)
        if preface == .whole { return handOver(buffer, exchange) }
        if preface == .none {
          guard let consumed = decodeHead(buffer.readable, exchange) else { return }
          if consumed > 0 {
            buffer.consume(consumed)
            return beginExchange(exchange)
          }
        }
        // A head that needs more than a buffer is refused where one that begins would be.
        if buffer.writableCount == 0, !worker.mayBegin() { return refuseForMemory() }
      }
      switch receiveMore(into: buffer) {
      case .moved: continue
      case .wouldBlock:
        if phase == .idle { releaseIdleInput() } else { armDeadline() }
        return
      case .endOfStream, .failed:
        shut()
        return
      }
    }
  }

  /// The connection's first bytes are, or may become, the preface of HTTP/2 (RFC 9113 section 3.4). Where
  /// they are, another takes the connection over.
  private func prefaceMatch(_ bytes: Span<UInt8>) -> HTTP2Preface.Match {
    guard requestCount == 0, manager.config.codec == .auto,
      security?.applicationProtocol.isEmpty ?? true, tls?.blocksHTTP2 != true
    else { return .none }
    return HTTP2Preface.match(bytes)
  }

  private func handOver(_ buffer: ByteBuffer, _ exchange: Exchange) {
    self.exchange = nil
    worker.exchanges.recycle(exchange)
    input = nil
    phase = .closed
    disarmDeadline()
    let tls = tls
    let successor = HTTP2Downstream(
      taking: detach(), tls: tls, security: security, worker: worker, manager: manager,
      remote: remote, local: local)
    manager.replace(self, by: successor)
    successor.start(received: buffer)
  }

  /// The exchange of the head that is read. At the first byte of a request its clock begins to run.
  private func beginHead() -> Exchange {
    if let exchange { return exchange }
    let exchange = worker.exchanges.take(for: worker)
    exchange.begin(self)
    self.exchange = exchange
    phase = .head
    deadline.waitBegan(worker.loop.now)
    return exchange
  }

  /// Bytes of a whole head; 0 when more are needed; nil when it was refused.
  private func decodeHead(_ bytes: Span<UInt8>, _ exchange: Exchange) -> Int? {
    do throws(HTTP1Fault) {
      switch try decoder.decode(bytes, into: exchange.requestHead) {
      case .needMoreBytes: return 0
      case .head(let consumed): return consumed
      }
    } catch {
      refuse(error, exchange)
      return nil
    }
  }

  private func beginExchange(_ exchange: Exchange) {
    phase = .exchange
    requestCount += 1
    let head = exchange.requestHead
    let rules = manager.rules
    body = BodyDecoder(framing: head.framing, limits: rules.limits)
    let isWhole = head.framing == .none || head.framing == .length(0)
    isReadingPaused = false
    closesAfterResponse = !head.keepsAlive || isAged
    if rules.isLastRequest(requestCount) {
      manager.stats.downstreamConnectionMaxRequestsReached.add()
      closesAfterResponse = true
    }
    deadline.exchangeBegan(worker.loop.now)
    if isWhole { deadline.requestEnded(worker.loop.now) }
    manager.stats.requestBegan()
    exchange.onRequestHead(ended: isWhole)
    guard phase == .exchange else { return }
    armDeadline()
    if !isWhole { pumpBody() }
  }

  private func refuse(_ fault: HTTP1Fault, _ exchange: Exchange) {
    manager.stats.downstreamConnectionProtocolError.add()
    beginRefusal()
    exchange.refuse(status: fault.status, fault.reason)
  }

  /// An exchange that has no request: it is answered, and nothing more is read.
  private func beginRefusal() {
    phase = .exchange
    closesAfterResponse = true
    deadline.exchangeBegan(worker.loop.now)
    armDeadline()
    manager.stats.requestBegan()
  }

  // MARK: request body

  /// The rest of the request is of use.
  private var readsBody: Bool {
    guard phase == .exchange, let exchange else { return false }
    return exchange.request.phase == .arriving
      && (exchange.response.phase != .ended || exchange.tunnel == .open)
  }

  /// Reads body bytes as long as the exchange has room for them.
  func pumpBody() {
    isReadingPaused = false
    guard readsBody else { return }
    let buffer = worker.buffers.hold(&input)
    while readsBody, let exchange {
      if !buffer.isEmpty {
        let room = exchange.requestRoom()
        guard room > 0 else {
          isReadingPaused = true
          return
        }
        if decodeBody(buffer, room: room, exchange) { continue }
        guard readsBody else { return }
      }
      switch receiveMore(into: buffer) {
      case .moved: deadline.touched(worker.loop.now)
      case .wouldBlock:
        exchange.flushRequest()
        if exchange.tunnel == .open { releaseIdleInput() }
        return
      case .endOfStream where exchange.tunnel == .open:
        exchange.onRequestEnd(trailers: nil)
        return
      case .endOfStream, .failed:
        exchange.onDownstreamGone()
        return
      }
    }
  }

  /// One body event; false when more bytes are needed.
  private func decodeBody(_ buffer: ByteBuffer, room: Int, _ exchange: Exchange) -> Bool {
    do throws(HTTP1Fault) {
      switch try body.decode(buffer.readable, atMost: room, into: trailers) {
      case .needMoreBytes(let consumed):
        buffer.consume(consumed)
        deadline.bodyWaits(amidFraming: body.isAmidFraming, worker.loop.now)
        if body.isAmidFraming { armDeadline() }
        return false
      case .data(let skipped, let count):
        exchange.onRequestBody(buffer.readable.extracting(skipped..<(skipped + count)))
        buffer.consume(skipped + count)
        if exchange.refuseByFilters() { return true }
        if body.isEnded { endRequest(exchange, trailers: nil) }
        return true
      case .end(let consumed):
        buffer.consume(consumed)
        endRequest(exchange, trailers: trailers)
        return true
      }
    } catch {
      manager.stats.downstreamConnectionProtocolError.add()
      closesAfterResponse = true
      exchange.refuse(status: error.status, error.reason)
      return true
    }
  }

  private func endRequest(_ exchange: Exchange, trailers: Trailers?) {
    deadline.requestEnded(worker.loop.now)
    armDeadline()
    exchange.onRequestEnd(trailers: trailers)
  }

  func touched() { deadline.touched(loop.now) }

  /// The exchange has room again.
  func resumeReading(of exchange: Exchange) { if isReadingPaused { pumpBody() } }

  // MARK: responses

  func sendInterim(of exchange: Exchange) {
    exchange.response.encodeInterim(exchange.responseHead, names: manager.rules.nameForm)
  }

  func closeAfterResponse() { closesAfterResponse = true }

  /// Encodes the response's head as the client's version understands it.
  func sendHead(of exchange: Exchange) {
    if exchange.tunnel == .open { return sendSwitch(of: exchange) }
    // What is left of the request is not waited for, so the connection cannot serve another one.
    if manager.isDraining || isAged || exchange.request.phase == .arriving {
      closesAfterResponse = true
    }
    let framing = exchange.response.encode(
      exchange.responseHead, answering: exchange.requestHead, keepsAlive: !closesAfterResponse,
      names: manager.rules.nameForm)
    if framing == .untilClose { closesAfterResponse = true }
  }

  /// Nothing of HTTP follows on this connection.
  private func sendSwitch(of exchange: Exchange) {
    closesAfterResponse = true
    exchange.response.encodeSwitch(
      exchange.responseHead, answering: exchange.requestHead, names: manager.rules.nameForm)
  }

  func onTunnelOpen(of exchange: Exchange) {
    body = BodyDecoder(framing: .untilClose, limits: manager.rules.limits)
    loop.runSoon(self)
  }

  /// Sends what the exchange has written so far, and ends it when that was the last of it.
  func flush(_ exchange: Exchange) {
    let output = exchange.response.buffer
    while !output.isEmpty {
      switch send(from: output) {
      case .moved(let n):
        exchange.response.onSent(n)
        manager.stats.downstreamSentBytes.add(UInt64(n))
        deadline.touched(worker.loop.now)
      case .wouldBlock:
        // What TLS has begun to send cannot be taken back.
        if tls != nil { exchange.response.onHeadSent() }
        return exchange.onDownstreamDrained()
      case .endOfStream, .failed: return exchange.onDownstreamGone()
      }
    }
    guard exchange.response.phase == .ended else { return exchange.onDownstreamDrained() }
    if exchange.tunnel == .open {
      // The endpoint's end is the client's to know at once; it may go on itself.
      shutdownWrite()
      guard exchange.request.phase == .sent else { return }
    }
    endExchange(exchange)
  }

  private func endExchange(_ exchange: Exchange) {
    let isWhole = exchange.request.phase != .arriving
    self.exchange = nil
    worker.finishExchange(exchange)
    if closesAfterResponse || !isWhole {
      if isWhole && (input?.isEmpty ?? true) && !canRead { shut() } else { linger() }
      return
    }
    phase = .idle
    deadline.waitBegan(worker.loop.now)
    armDeadline()
    if canRead || !(input?.isEmpty ?? true) {
      // The next request is here already: its turn comes after the others' on this loop.
      loop.runSoon(self)
    } else {
      releaseIdleInput()
    }
  }

  // MARK: endings

  private func onBroken() {
    if let exchange {
      exchange.onDownstreamGone()
    } else {
      shut()
    }
  }

  /// Ends an exchange whose answer cannot be completed: the client must not take it for whole.
  func abort(_ exchange: Exchange) {
    self.exchange = nil
    worker.finishExchange(exchange)
    resetOnClose()
    shut()
  }

  private func linger() {
    phase = .lingering
    shutdownWrite()
    deadline.waitBegan(worker.loop.now)
    armDeadline()
    dropInput()
  }

  private func dropInput() {
    let buffer = worker.buffers.hold(&input)
    for _ in 0..<16 {
      buffer.clear()
      switch receiveMore(into: buffer) {
      case .moved: continue
      case .wouldBlock:
        buffer.clear()
        return releaseIdleInput()
      case .endOfStream, .failed:
        shut()
        return
      }
    }
    loop.runSoon(self)
  }

  private func releaseIdleInput() {
    guard let spent = input.take() else { return }
    if spent.isEmpty { worker.buffers.release(spent) } else { input = spent }
  }

  /// The head took too long: answered, then closed.
  func refuseSlowHead() {
    guard let exchange else { return shut() }
    beginRefusal()
    exchange.reply(.slowHead)
  }

  private func refuseForMemory() {
    manager.stats.downstreamRequestOverload.add()
    let exchange = beginHead()
    beginRefusal()
    exchange.reply(.memoryShort)
  }

  var activeRequestCount: Int { phase == .exchange ? 1 : 0 }
  var tunnelCount: Int { exchange?.tunnel == .open ? 1 : 0 }

  func forEachExchange(_ body: (Exchange) -> Void) { if let exchange { body(exchange) } }

  func drain() { armDeadline() }

  func cut() {
    guard let exchange, phase == .exchange else { return shut() }
    exchange.onDrainTimeout()
  }

  /// Closes the connection and gives everything back.
  func shut() {
    guard phase != .closed else { return }
    phase = .closed
    disarmDeadline()
    if let spent = input.take() { worker.buffers.release(spent) }
    if let exchange { worker.exchanges.recycle(exchange) }
    exchange = nil
    close()
    manager.remove(self)
  }
}
