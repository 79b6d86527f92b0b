import HTTP1
import HTTPModel
import Memory
import Platform
import Sockets
import Telemetry
import Upstreams

/// An attempt: pick an endpoint, acquire a connection to it, send the request.
extension Exchange {
  /// How often a request that provably reached nobody is sent again.
  private static let maxRetries = 1
  /// The same for one that the endpoint has refused to look at: many may meet the end of one connection.
  private static let maxRefusals = 10

  /// - Parameters:
  ///   - failed: where the attempt before this one failed.
  ///   - fresh: a kept connection may have ended like the one before: a new one is opened.
  func beginAttempt(
    on cluster: ClusterRuntime, avoiding failed: UpstreamEndpoint? = nil, fresh: Bool = false
  ) {
    guard let picked = worker.pick(from: cluster, avoiding: failed) else {
      cluster.stats.upstreamConnectionNoneHealthy.add()
      return reply(.noHealthyUpstream)
    }
    endpoint = picked
    picked.requestBegan()
    cluster.stats.attemptBegan()
    record.beginAttempt(at: worker.loop.now)
    record.attempt.endpoint = picked.address
    prepareHead(for: picked)
    limitAttempt(on: cluster)
    request.names = cluster.rules.nameForm
    let pool = cluster.pool(for: picked)
    if fresh { pool.closeOldest() }
    let wanted = wire(of: cluster)
    let standing = fresh ? nil : pool.take(wanted)
    // Where that is open, a connection that stands has settled it.
    decide(standing?.wire ?? wanted)
    if let standing { run(on: standing) } else { wait(in: pool) }
  }

  private func limitAttempt(on cluster: ClusterRuntime) {
    let limit = cluster.rules.attemptMilliseconds
    guard limit < .max else { return }
    attemptDeadline = worker.loop.now.advanced(byMilliseconds: limit)
  }

  private func wire(of cluster: ClusterRuntime) -> UpstreamProtocol {
    if terminatesConnect { return .bytes }
    return cluster.wire(toServe: requestHead.version)
  }

  /// What is spoken on its connection is known now, unless it is open until a handshake.
  func decide(_ known: UpstreamProtocol) {
    wire = known
    if tunnel == .asked { translateAsking() }
    request.encode(requestHead, framed: wire == .http1)
  }

  /// No connection stands for it.
  private func wait(in pool: EndpointPool) {
    let cluster = pool.cluster
    guard cluster.balancing.breakers.pendingRequests.tryAcquire() else { return overflow() }
    claims.isPending = true
    cluster.stats.requestBecamePending()
    if let connection = pool.connecting(wire) { return connection.attach(self) }
    if !pool.hasWaiting, pool.makesRoom() { return open(pool) }
    if let connection = pool.take(wire) { return onConnectionFree(connection) }
    claims.queue = pool
    pool.enqueue(self)
  }

  /// A connection that is free, after a wait for it.
  func onConnectionFree(_ connection: UpstreamConnection) {
    claims.queue = nil
    endPending()
    run(on: connection)
  }

  private func run(on connection: UpstreamConnection) {
    if wire == .undecided { decide(connection.wire) }
    guard claimRequest(of: connection.cluster) else {
      connection.giveBack()
      return overflow()
    }
    connection.attach(self)
  }

  /// The connection it waited for is another's.
  func onRequeued(in pool: EndpointPool) {
    upstream = nil
    claims.queue = pool
  }

  /// A connection may be opened, after a wait for that.
  func onConnectionAllowed(_ pool: EndpointPool) {
    claims.queue = nil
    open(pool)
  }

  private func open(_ pool: EndpointPool) {
    record.attempt.connectStart = worker.loop.now
    var connection: UpstreamConnection?
    do throws(SystemFault) {
      let fd = try startConnecting(to: pool.endpoint.address)
      let new = pool.makeConnection(taking: fd, wire, worker)
      connection = new
      try new.open()
      new.attach(self)
    } catch {
      pool.cluster.connectFailed(at: pool.endpoint)
      connection?.shut()
      onConnectFailure("upstream_connect_error")
    }
  }

  /// The connection made for it stands. It may be left to others: then the exchange is over.
  func onConnected() {
    endPending()
    if let cluster, !claimRequest(of: cluster) { overflow() }
  }

  // MARK: outcomes

  func onConnectFailure(_ cause: StaticString) {
    let failed = endpoint
    if claims.isPending { cluster?.stats.upstreamRequestPendingFailureEject.add() }
    failAttempt(.upstreamConnectionFailure, cause)
    if retry(avoiding: failed, fresh: false) { return }
    reply(.connectFailure(cause))
  }

  /// The connection ended before the response did.
  /// - Parameter fault: what the endpoint broke HTTP by, for another exchange; nil: it did not.
  func onUpstreamGone(mayRetry: Bool, brokenBy fault: StaticString? = nil) {
    let failed = endpoint
    let ending = response.phase == .none ? LocalReply.upstreamGone : .upstreamCut
    let reason = fault.map { .upstreamFault($0) } ?? ending
    failAttempt(reason.flags, reason.cause)
    if mayRetry, retry(avoiding: failed, fresh: true) { return }
    withdrawResponse()
    reply(reason)
  }

  /// The endpoint says that it did not look at the request (RFC 9113 section 8.7): it goes again, where there
  /// is room.
  func onUpstreamRefused() {
    let failed = endpoint
    failAttempt(.upstreamConnectionTermination, LocalReply.upstreamRefused.cause)
    if refusalCount < Self.maxRefusals {
      refusalCount += 1
      if sendAgain(avoiding: failed, fresh: false) { return }
    }
    withdrawResponse()
    reply(.upstreamRefused)
  }

  /// The response broke HTTP.
  func onUpstreamFault(_ cause: StaticString) {
    cancelUpstream(.upstreamProtocolError, cause)
    withdrawResponse()
    reply(.upstreamFault(cause))
  }

  private func failAttempt(_ flag: ResponseFlags, _ cause: StaticString) {
    upstream = nil
    record.attempt.flags.insert(flag)
    record.attempt.cause = cause
    endAttempt()
  }

  private func retry(avoiding failed: UpstreamEndpoint?, fresh: Bool) -> Bool {
    guard retryCount < Self.maxRetries else { return false }
    retryCount += 1
    return sendAgain(avoiding: failed, fresh: fresh)
  }

  /// False when what was sent is not all at hand, or is of no use in another protocol.
  private func sendAgain(avoiding failed: UpstreamEndpoint?, fresh: Bool) -> Bool {
    guard let cluster, response.phase == .none, request.canReplay, mayChange(to: wire(of: cluster))
    else { return false }
    beginAttempt(on: cluster, avoiding: failed, fresh: fresh)
    return true
  }

  /// Whether the next attempt may be made in that protocol. What is asked of a tunnel was written for one.
  private func mayChange(to next: UpstreamProtocol) -> Bool {
    next == wire || next == .undecided && tunnel == .none
  }

  // MARK: bounds

  /// A request counts from the moment it has a connection; until then it is pending.
  private func claimRequest(of cluster: ClusterRuntime) -> Bool {
    claims.isRunning = cluster.balancing.breakers.requests.tryAcquire()
    return claims.isRunning
  }

  private func overflow() {
    cluster?.stats.upstreamRequestPendingOverflow.add()
    cancelUpstream(.upstreamOverflow, "upstream_overflow")
    reply(.overflow)
  }

  /// It waits for no connection any more.
  private func endPending() {
    guard claims.isPending else { return }
    claims.isPending = false
    cluster?.balancing.breakers.pendingRequests.release()
    cluster?.stats.upstreamRequestPendingActive.subtract()
  }

  /// Gives back what the attempt held, and leaves the queue.
  func releaseClaims() {
    endPending()
    if claims.isRunning { cluster?.balancing.breakers.requests.release() }
    claims.isRunning = false
    claims.queue?.dequeue(self)
    claims.queue = nil
  }
}

/// What an attempt holds of its cluster's circuit breakers. Source: `max_pending_requests` and
/// `max_requests` of `CircuitBreakers.Thresholds`.
struct BreakerClaims {
  /// It has a connection.
  var isRunning = false
  /// It waits for a connection.
  var isPending = false
  /// Where it waits because no connection may be opened.
  var queue: EndpointPool?
}
