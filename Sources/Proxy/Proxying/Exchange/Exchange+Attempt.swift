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
    request.encode(requestHead)
    acquire(cluster, picked, fresh: fresh)
  }

  private func acquire(_ cluster: ClusterRuntime, _ endpoint: UpstreamEndpoint, fresh: Bool) {
    let pool = cluster.pool(for: endpoint)
    if fresh {
      pool.closeOldest()
    } else if let connection = pool.take() {
      return run(on: connection)
    }
    guard cluster.balancing.breakers.pendingRequests.tryAcquire() else { return overflow() }
    claims.isPending = true
    cluster.stats.requestBecamePending()
    if pool.makesRoom() { return open(cluster, endpoint, pool) }
    if let connection = pool.take() { return onConnectionFree(connection) }
    claims.queue = pool
    pool.enqueue(self)
  }

  /// A connection that is free, after a wait for it.
  func onConnectionFree(_ connection: HTTP1Upstream) {
    claims.queue = nil
    endPending()
    run(on: connection)
  }

  /// Takes a connection that was idle.
  private func run(on connection: HTTP1Upstream) {
    guard claimRequest(of: connection.cluster) else {
      connection.pool.add(connection)
      return overflow()
    }
    upstream = connection
    connection.begin(self)
  }

  /// A connection may be opened, after a wait for that.
  func onConnectionAllowed(_ pool: EndpointPool) {
    claims.queue = nil
    open(pool.cluster, pool.endpoint, pool)
  }

  private func open(_ cluster: ClusterRuntime, _ endpoint: UpstreamEndpoint, _ pool: EndpointPool) {
    record.attempt.connectStart = worker.loop.now
    do throws(SystemFault) {
      let fd = try startConnecting(to: endpoint.address)
      let connection = HTTP1Upstream(taking: fd, worker: worker, cluster: cluster, pool: pool)
      pool.onConnectionOpened()
      upstream = connection
      connection.begin(self)
      try connection.open()
    } catch {
      pool.onConnectFailed()
      upstream?.abandon()
      onConnectFailure("upstream_connect_error")
    }
  }

  /// The connection made for it stands. It may be left to others: then the exchange is over.
  func onConnected() {
    endPending()
    if let begun = record.attempt.connectStart {
      cluster?.stats.connectionEstablished(
        afterNanoseconds: worker.loop.now.nanoseconds(since: begun))
    }
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
  func onUpstreamGone(mayRetry: Bool) {
    let failed = endpoint
    let reason = response.phase == .none ? LocalReply.upstreamGone : .upstreamCut
    failAttempt(.upstreamConnectionTermination, reason.cause)
    if mayRetry, retry(avoiding: failed, fresh: true) { return }
    withdrawResponse()
    reply(reason)
  }

  /// The response broke HTTP.
  func onUpstreamFault(_ fault: HTTP1Fault) {
    cancelUpstream(.upstreamProtocolError, fault.reason)
    withdrawResponse()
    reply(.upstreamFault(fault))
  }

  private func failAttempt(_ flag: ResponseFlags, _ cause: StaticString) {
    upstream = nil
    record.attempt.flags.insert(flag)
    record.attempt.cause = cause
    endAttempt()
  }

  private func retry(avoiding failed: UpstreamEndpoint?, fresh: Bool) -> Bool {
    guard let cluster, retryCount < Self.maxRetries, response.phase == .none, request.canReplay
    else { return false }
    retryCount += 1
    beginAttempt(on: cluster, avoiding: failed, fresh: fresh)
    return true
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
