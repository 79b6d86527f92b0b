import Config
import HTTP1
import HTTPModel
import Memory
import Platform
import Routing
import Telemetry
import Upstreams

/// How far a request has come on its way to an endpoint.
enum RequestPhase {
  /// More of it is to be read.
  case arriving
  /// It was read to its end.
  case whole
  /// It was sent to its last byte.
  case sent
}

/// How far a response has come on its way to the client.
enum ResponsePhase {
  /// Nothing of it is encoded.
  case none
  /// Part of it is encoded and none was sent; nothing else waits in front of it.
  case encoded
  /// Part of it may have been sent.
  case onWire
  /// Its end is encoded.
  case ended
}

/// One request and its response on their way through the proxy, whatever the protocols on either
/// side. It routes the request, sends it to an endpoint, and relays both bodies; its record says
/// at the end what happened. Reused; owning worker only.
final class Exchange {
  /// Less room than this is none: bodies move in pieces worth a system call.
  static let minimumRoom = 1024
  /// The most that framing adds around one piece of body.
  static let framingOverhead = 32

  /// Lives as long as the process, as all that hold it may rely on.
  let worker: Worker
  let requestHead = RequestHead()
  let responseHead = ResponseHead()
  var record = ExchangeRecord(
    .http, startWall: .init(nanoseconds: 0), start: .init(nanoseconds: 0),
    downstreamRemote: .loopback(port: 0), downstreamLocal: .loopback(port: 0))
  var origin = RequestOrigin(
    remoteAddress: .loopback(port: 0), localAddress: .loopback(port: 0))

  private(set) var downstream: HTTP1Downstream?
  var upstream: HTTP1Upstream?

  // MARK: where the request goes

  var route: Route?
  var selection: ClusterSelection?
  var cluster: ClusterRuntime?
  var endpoint: UpstreamEndpoint?

  // MARK: how far it has come

  /// The encoded request; what was sent stays in it while `canReplay`.
  let requestBuffer = ByteBuffer(capacity: 0)
  /// A request stands in `requestBuffer`, and what is read of its body goes there too.
  var isSending = false
  /// What is written downstream and was not sent yet.
  let responseBuffer = ByteBuffer(capacity: 0)
  /// Bytes of the encoded head at the start of `requestBuffer`.
  var encodedHeadCount = 0
  /// No byte of the request has left `requestBuffer` for good.
  private(set) var canReplay = true
  private(set) var requestPhase = RequestPhase.arriving
  private(set) var responsePhase = ResponsePhase.none
  /// How the response's body is sent downstream.
  private var responseFraming = BodyFraming.none
  var retryCount = 0
  /// The client named no host; each endpoint is asked by its own.
  var namesHost = false
  /// What it holds of its cluster's bounds, besides the request itself.
  var claims = BreakerClaims()

  init(worker: Worker) { self.worker = worker }

  /// Begins anew for a connection that has read the first byte of a request.
  func begin(_ downstream: HTTP1Downstream) {
    self.downstream = downstream
    requestHead.clear()
    responseHead.clear()
    record = ExchangeRecord(
      .http, startWall: .now(), start: worker.loop.now, downstreamRemote: downstream.remote,
      downstreamLocal: downstream.local)
    origin = RequestOrigin(remoteAddress: downstream.remote, localAddress: downstream.local)
    canReplay = true
    requestPhase = .arriving
    responsePhase = .none
    retryCount = 0
    namesHost = false
  }

  /// It holds more memory than exchanges need as a rule.
  var hasGrown: Bool {
    let capacity = worker.buffers.bufferCapacity
    return requestHead.hasGrown || responseHead.hasGrown || requestBuffer.capacity > capacity
      || responseBuffer.capacity > capacity
  }

  /// What its heads and buffers hold.
  var memoryBytes: Int {
    requestHead.bytes.capacity + responseHead.bytes.capacity + requestBuffer.capacity
      + responseBuffer.capacity
  }

  /// Lets go of everything that is not reused.
  func end() {
    isSending = false
    requestBuffer.clear()
    responseBuffer.clear()
    downstream = nil
    upstream = nil
    releaseClaims()
    route = nil
    selection = nil
    cluster = nil
  }

  // MARK: request, from downstream

  func onRequestHead(from downstream: HTTP1Downstream, ended: Bool) {
    if ended {
      requestPhase = .whole
      record.requestEnd = worker.loop.now
    }
    record.version = requestHead.version
    record.requestLine = RequestLine(requestHead)
    routeRequest(downstream.manager)
  }

  /// Bytes of body that may be given now; 0 while too much waits to be sent.
  func requestRoom() -> Int {
    guard isSending else { return 0 }
    let buffer = requestBuffer
    if buffer.writableCount < Self.minimumRoom {
      flushRequest()
      guard isSending else { return 0 }
      if record.attempt.firstByteSent != nil { canReplay = false }
      buffer.compact()
    }
    return buffer.writableCount < Self.minimumRoom ? 0 : buffer.writableCount - Self.framingOverhead
  }

  func onRequestBody(_ bytes: Span<UInt8>) {
    guard isSending else { return }
    record.requestBodyBytes &+= UInt64(bytes.count)
    if requestHead.framing == .chunked {
      BodyEncoder.encodeChunk(bytes, into: requestBuffer)
    } else {
      requestBuffer.append(bytes)
    }
  }

  func onRequestEnd(trailers: Trailers?) {
    requestPhase = .whole
    record.requestEnd = worker.loop.now
    guard isSending else { return }
    if requestHead.framing == .chunked {
      // Trailers may need more room than is kept free, and making room drops what was sent.
      if trailers != nil, record.attempt.firstByteSent != nil { canReplay = false }
      BodyEncoder.encodeEnd(trailers: trailers, into: requestBuffer)
    }
    flushRequest()
  }

  /// The client went away: nobody waits for the response.
  func onDownstreamGone() {
    record.flags.insert(.downstreamConnectionTermination)
    record.cause = "downstream_remote_disconnect"
    cancelUpstream(.downstreamConnectionTermination, "downstream_remote_disconnect")
    downstream?.abort(self)
  }

  /// The client takes bytes again.
  func onDownstreamDrained() { upstream?.resumeReading(for: self) }

  // MARK: request, to upstream

  func flushRequest() { upstream?.flushRequest(of: self) }

  func onRequestBytesSent(_ n: Int) {
    if record.attempt.firstByteSent == nil { record.attempt.firstByteSent = worker.loop.now }
    if canReplay { requestBuffer.advance(n) } else { requestBuffer.consume(n) }
  }

  /// Everything encoded so far was sent.
  func onRequestDrained() {
    if requestPhase == .arriving {
      downstream?.resumeReading()
    } else {
      requestPhase = .sent
    }
  }

  /// It is to be sent again.
  func onRequestTakenBack() { if requestPhase == .sent { requestPhase = .whole } }

  // MARK: response, from upstream

  func onUpstreamActivity() {
    if record.attempt.firstByteReceived == nil {
      record.attempt.firstByteReceived = worker.loop.now
    }
    canReplay = false
    downstream?.deadline.touched(worker.loop.now)
  }

  func onInterimResponse() {
    guard requestHead.version >= .http11 else { return }
    ResponseHeadEncoder.encodeInterim(responseHead, into: responseBuffer)
  }

  func onResponseHead() {
    record.attempt.status = responseHead.status
    record.cause = "via_upstream"
    changeResponseHead()
    sendResponseHead()
  }

  /// What the route changes in every response, the proxy's own among them.
  func changeResponseHead() {
    route?.applyResponse(
      to: responseHead, of: requestHead, selection, from: origin, upstream: record.attempt.endpoint)
  }

  /// Bytes of body the client's side may take now; 0 for too few to be worth it.
  func responseRoom() -> Int {
    if responseBuffer.writableCount < Self.minimumRoom { responseBuffer.compact() }
    let room = responseBuffer.writableCount
    return room < Self.minimumRoom ? 0 : room - Self.framingOverhead
  }

  func onResponseBody(_ bytes: Span<UInt8>) {
    record.responseBodyBytes &+= UInt64(bytes.count)
    if responseFraming == .chunked {
      BodyEncoder.encodeChunk(bytes, into: responseBuffer)
    } else {
      responseBuffer.append(bytes)
    }
  }

  /// The response is whole; its connection was given back already.
  func onResponseEnd(trailers: Trailers?) {
    upstream = nil
    endAttempt()
    endResponse(trailers: trailers)
  }

  // MARK: response, to downstream

  /// Writes the head downstream, with framing the client's version understands.
  func sendResponseHead() {
    guard let downstream else { return }
    let manager = downstream.manager
    responsePhase = responseBuffer.isEmpty ? .encoded : .onWire
    record.status = responseHead.status
    // What is left of the request is not waited for, so the connection cannot serve another one.
    if manager.isDraining || downstream.isAged || !downstream.requestEnded {
      downstream.closesAfterResponse = true
    }
    signResponse(manager.rules)
    responseBuffer.reserve(capacity: worker.buffers.bufferCapacity)
    responseFraming = ResponseHeadEncoder.encode(
      responseHead, answering: requestHead.method, to: requestHead.version,
      keepsAlive: !downstream.closesAfterResponse, into: responseBuffer)
    if responseFraming == .untilClose { downstream.closesAfterResponse = true }
  }

  func endResponse(trailers: Trailers?) {
    if responseFraming == .chunked {
      BodyEncoder.encodeEnd(trailers: trailers, into: responseBuffer)
    }
    responsePhase = .ended
    downstream?.flush(self)
  }

  func flushResponse() { downstream?.flush(self) }

  func onResponseBytesSent() { if responsePhase == .encoded { responsePhase = .onWire } }

  /// Takes back a response of which the client has seen nothing, so that another can take its place.
  func withdrawResponse() {
    guard responsePhase == .encoded else { return }
    responsePhase = .none
    responseBuffer.clear()
    record.responseBodyBytes = 0
  }

  // MARK: letting go

  /// Writes down what became of it. The one place an exchange is reported.
  func report() {
    guard let manager = downstream?.manager else { return }
    record.end = worker.loop.now
    manager.reporter.exchangeEnded(
      record, request: requestHead, response: responsePhase == .none ? nil : responseHead,
      cluster: cluster?.stats, routeName: route?.nameText ?? [])
  }

  /// Gives up the attempt under way, if there is one.
  func cancelUpstream(_ flag: ResponseFlags, _ cause: StaticString) {
    upstream?.cancel()
    upstream = nil
    guard endpoint != nil else { return }
    if claims.isPending { cluster?.stats.upstreamRequestCancelled.add() }
    record.attempt.flags.insert(flag)
    record.attempt.cause = cause
    endAttempt()
  }

  /// The attempt is over: it is reported, and its endpoint is free of it.
  func endAttempt() {
    releaseClaims()
    guard let endpoint = endpoint.take(), let cluster, let downstream else { return }
    record.attempt.end = worker.loop.now
    downstream.manager.reporter.attemptEnded(record, request: requestHead, cluster: cluster.stats)
    endpoint.requestEnded(RequestOutcome(record.attempt))
  }
}
