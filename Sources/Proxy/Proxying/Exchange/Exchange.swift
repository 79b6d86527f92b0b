import Config
import HTTP1
import HTTPModel
import Memory
import Platform
import Routing
import Telemetry
import Upstreams

/// One request and its response on their way through the proxy, whatever the protocols on either
/// side. It routes the request, sends it to an endpoint, and relays both bodies; its record says
/// at the end what happened. Reused; owning worker only.
final class Exchange {
  /// Lives as long as the process, as all that hold it may rely on.
  let worker: Worker
  let requestHead = RequestHead()
  let responseHead = ResponseHead()
  var record = ExchangeRecord(
    .http, startWall: .init(nanoseconds: 0), start: .init(nanoseconds: 0),
    downstreamRemote: .loopback(port: 0), downstreamLocal: .loopback(port: 0))
  var origin = RequestOrigin(
    remoteAddress: .loopback(port: 0), localAddress: .loopback(port: 0))

  private(set) var downstream: (any Downstream)?
  /// The downstream's.
  private(set) var manager: HTTPConnectionManager?
  var upstream: (any Upstream)?

  // MARK: where the request goes

  var route: Route?
  var selection: ClusterSelection?
  var cluster: ClusterRuntime?
  /// What is spoken to the endpoint.
  var wire = UpstreamProtocol.http1
  var endpoint: UpstreamEndpoint?

  // MARK: how far it has come

  var request: RequestHalf
  var response: ResponseHalf
  var tunnel = TunnelPhase.none
  /// The endpoint is given what is inside the tunnel.
  var terminatesConnect = false
  /// When it is to be over, whatever moves.
  var callDeadline = MonotonicInstant.never
  /// What set `callDeadline`.
  var durationLimit = DurationLimit.maxStreamDuration
  /// When its attempt is to be over, whatever moves.
  var attemptDeadline = MonotonicInstant.never
  /// The request is a call of gRPC, and goes to a cluster.
  var isCall = false
  /// `callDeadline` stands in place of the route's timeout.
  var isBoundedAsCall = false
  let filters: HTTPFilters
  var retryCount = 0
  var refusalCount = 0
  /// The client named no host; each endpoint is asked by its own.
  var isHostless = false
  /// Bytes of the request's body when `markStalled` was last called.
  var bodyBytesBefore: UInt64?
  /// What it holds of its cluster's bounds, besides the request itself.
  var claims = BreakerClaims()

  init(worker: Worker) {
    self.worker = worker
    filters = HTTPFilters(buffers: worker.buffers)
    request = RequestHalf(buffers: worker.buffers)
    response = ResponseHalf(capacity: worker.buffers.bufferCapacity)
  }

  /// Begins anew for a connection that has read the first byte of a request.
  func begin(_ downstream: any Downstream) {
    self.downstream = downstream
    manager = downstream.manager
    requestHead.clear()
    responseHead.clear()
    record = ExchangeRecord(
      .http, startWall: .now(), start: worker.loop.now, downstreamRemote: downstream.remote,
      downstreamLocal: downstream.local)
    let security = downstream.security
    record.isSecure = security != nil
    origin = RequestOrigin(remoteAddress: downstream.remote, localAddress: downstream.local)
    if let peer = security?.peer {
      origin.clientCertificate = peer.isVerified ? .verified : .unverified
    }
    request.begin()
    response.begin()
    tunnel = .none
    terminatesConnect = false
    callDeadline = .never
    attemptDeadline = .never
    isCall = false
    isBoundedAsCall = false
    retryCount = 0
    refusalCount = 0
    isHostless = false
    bodyBytesBefore = nil
  }

  /// It holds more memory than exchanges need as a rule.
  var hasGrown: Bool {
    let capacity = worker.buffers.bufferCapacity
    return requestHead.hasGrown || responseHead.hasGrown || request.buffer.capacity > capacity
      || response.buffer.capacity > capacity
  }

  /// What its heads and buffers hold.
  var memoryBytes: Int {
    requestHead.bytes.capacity + responseHead.bytes.capacity + request.buffer.capacity
      + response.buffer.capacity
  }

  /// Lets go of everything that is not reused.
  func end() {
    request.end()
    response.end()
    downstream = nil
    manager = nil
    upstream = nil
    releaseClaims()
    if !filters.isEmpty { filters.end() }
    route = nil
    selection = nil
    cluster = nil
  }

  /// A body of unknown length may be a stream without end: calls of gRPC are, those that are answered before
  /// it ends, and those whose route has no timeout.
  var mayStreamRequest: Bool {
    isCall || response.phase != .none || route?.timeoutMilliseconds == nil
  }

  /// The answer is whole: it waits for nothing but the client, who may take its time.
  var isAnswered: Bool { tunnel == .none && response.phase == .ended }

  /// From the end of the request to the end of the response; nil: no bound.
  var timeoutMilliseconds: UInt64? { isBoundedAsCall ? nil : route?.timeoutMilliseconds }

  // MARK: request, from downstream

  func onRequestHead(ended: Bool) {
    if ended { onRequestWhole() }
    record.version = requestHead.version
    record.requestLine = RequestLine(requestHead)
    if let manager { routeRequest(manager) }
  }

  private func onRequestWhole() {
    request.onEnd()
    record.requestEnd = worker.loop.now
  }

  /// Bytes of body that may be given now; 0 while too much waits to be sent.
  func requestRoom() -> Int {
    if request.isSending, request.room == 0 {
      flushRequest()
      request.makeRoom()
    }
    return request.room
  }

  func onRequestBody(_ bytes: Span<UInt8>) {
    if tunnel == .asked { return hold(bytes) }
    guard request.isSending else { return }
    if request.room < bytes.count { request.makeRoom() }
    record.requestBodyBytes &+= UInt64(bytes.count)
    guard !filters.isEmpty else { return request.append(bytes) }
    filters.onRequestBody(bytes) { request.append($0) }
  }

  func onRequestEnd(trailers: Trailers?) {
    if tunnel == .asked { return request.holdEnd() }
    if let trailers { sift(trailers) }
    onRequestWhole()
    if !filters.isEmpty {
      filters.onRequestEnd()
      if refuseByFilters() { return }
    }
    request.encodeEnd(trailers: trailers)
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

  func onRequestBytesSent(_ count: Int) {
    if record.attempt.firstByteSent == nil { record.attempt.firstByteSent = worker.loop.now }
    request.onSent(count)
  }

  /// Some of the body was sent.
  func onRequestMoved() { if request.phase == .arriving { downstream?.resumeReading(of: self) } }

  /// Everything encoded so far was sent.
  func onRequestDrained() {
    request.onDrained()
    if request.phase == .arriving { downstream?.resumeReading(of: self) }
  }

  // MARK: response, from upstream

  func onUpstreamActivity() {
    if record.attempt.firstByteReceived == nil {
      record.attempt.firstByteReceived = worker.loop.now
    }
    request.onAnswer()
    downstream?.touched()
  }

  func onInterimResponse() {
    guard requestHead.version >= .http11 else { return }
    downstream?.sendInterim(of: self)
  }

  func onResponseHead() {
    record.attempt.status = responseHead.status
    guard ResponseHalf.isSmall(responseHead.framing) || worker.mayHold() else {
      cancelUpstream(.overload, LocalReply.memoryShort.cause)
      return reply(.memoryShort)
    }
    record.cause = "via_upstream"
    changeResponseHead()
    if !filters.isEmpty { filters.onResponseHead(responseHead, to: requestHead) }
    sendResponseHead()
  }

  /// What the route changes in every response, the proxy's own among them.
  func changeResponseHead() {
    route?.applyResponse(
      to: responseHead, of: requestHead, selection, from: origin, upstream: record.attempt.endpoint)
  }

  /// Bytes of body the client's side may take now; 0 for too few to be worth it.
  func responseRoom() -> Int {
    let room = response.room()
    return filters.isEmpty ? room : filters.responseRoom(room)
  }

  func onResponseBody(_ bytes: Span<UInt8>) {
    guard !filters.isEmpty else { return appendResponse(bytes) }
    filters.onResponseBody(bytes) { appendResponse($0) }
  }

  /// The response is whole; its connection was given back already.
  func onResponseEnd(trailers: Trailers?) {
    upstream = nil
    endAttempt()
    if filters.isEmpty { endResponse(trailers: trailers) } else { endFiltered(trailers) }
  }

  /// Ends the response as filters have it.
  func endFiltered(_ trailers: Trailers?) {
    let rest = filters.onResponseEnd(trailers, of: responseHead) { appendResponse($0) }
    endResponse(trailers: rest)
  }

  // MARK: response, to downstream

  func sendResponseHead() {
    guard let downstream, let manager else { return }
    record.status = responseHead.status
    signResponse(manager.rules)
    downstream.sendHead(of: self)
  }

  @inline(__always)
  func appendResponse(_ bytes: Span<UInt8>) {
    record.responseBodyBytes &+= UInt64(bytes.count)
    response.append(bytes)
  }

  func endResponse(trailers: Trailers?) {
    response.encodeEnd(trailers: trailers)
    flushResponse()
  }

  func flushResponse() { downstream?.flush(self) }

  /// Takes back a response of which the client has seen nothing, so that another can take its place.
  func withdrawResponse() { if response.withdraw() { record.responseBodyBytes = 0 } }

  // MARK: letting go

  /// Writes down what became of it. The one place an exchange is reported.
  func report() {
    guard let manager else { return }
    record.end = worker.loop.now
    if !filters.isEmpty { filters.onEnd(record.attempt) }
    if tunnel == .open { manager.stats.upgradesActive.subtract() }
    manager.reporter.exchangeEnded(
      record, request: requestHead, response: response.phase == .none ? nil : responseHead,
      cluster: cluster?.stats, routeName: route?.nameText ?? [],
      security: downstream?.security)
  }

  /// Gives up the attempt under way, if there is one.
  func cancelUpstream(_ flag: ResponseFlags, _ cause: StaticString) {
    upstream?.cancel(self)
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
    guard let endpoint = endpoint.take(), let cluster, let manager else { return }
    record.attempt.end = worker.loop.now
    manager.reporter.attemptEnded(record, request: requestHead, cluster: cluster.stats)
    endpoint.requestEnded(RequestOutcome(record.attempt))
  }
}
