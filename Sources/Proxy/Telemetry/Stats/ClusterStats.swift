import Synchronization

/// What happened with one cluster (`cluster.NAME.`), on one worker.
public final class ClusterStats: StatsBlock {
  /// The name's UTF-8.
  public let name: [UInt8]
  public let upstreamConnectionTotal = Counter()
  public let upstreamConnectionActive = Counter()
  public let upstreamConnectionDestroyed = Counter()
  public let upstreamConnectionDestroyedLocally = Counter()
  public let upstreamConnectionDestroyedRemotely = Counter()
  public let upstreamConnectionConnectFail = Counter()
  public let upstreamConnectionConnectTimeout = Counter()
  public let upstreamConnectionIdleTimeout = Counter()
  public let upstreamConnectionMaxRequests = Counter()
  public let upstreamConnectionMaxDuration = Counter()
  public let upstreamConnectionHTTP2Error = Counter()
  public let upstreamConnectionOverflow = Counter()
  public let upstreamConnectionNoneHealthy = Counter()
  public let upstreamReceivedBytes = Counter()
  public let upstreamSentBytes = Counter()
  public let upstreamConnectionProtocolError = Counter()
  public let upstreamRequestTotal = Counter()
  public let upstreamRequestActive = Counter()
  public let upstreamRequestCompleted = Counter()
  public let upstreamRequestPendingTotal = Counter()
  public let upstreamRequestPendingActive = Counter()
  public let upstreamRequestPendingOverflow = Counter()
  public let upstreamRequestPendingFailureEject = Counter()
  public let upstreamRequestCancelled = Counter()
  public let upstreamRequestTimeout = Counter()
  public let upstreamRequestMaxDuration = Counter()
  public let upstreamRequestResetByEndpoint = Counter()
  public let upstreamRequestReset = Counter()
  public let upstreamRequestRetry = Counter()
  public let upstreamRequestRetrySuccess = Counter()
  public let healthyPanic = Counter()
  public let membershipTotal = Counter()
  public let membershipHealthy = Counter()
  public let membershipChange = Counter()
  public let updateAttempt = Counter()
  public let updateSuccess = Counter()
  public let updateFailure = Counter()
  public let responses = StatusClassCounters()
  public let tls = TLSCounters()
  public let requestTime = Histogram()
  public let connectTime = Histogram()
  /// The methods of gRPC that are counted by themselves, and all others, as they were found.
  let grpcCalls = Mutex<[GRPCCallStats]>([])

  public init(name: String) { self.name = Array(name.utf8) }

  public static let scope = StatsScope(prefix: "cluster", label: "cluster")

  public static let counters: [CounterMetric<ClusterStats>] =
    [
      .counter("upstream_cx_total", "Connections begun") { $0.upstreamConnectionTotal.value },
      .gauge("upstream_cx_active", "Connections open") { $0.upstreamConnectionActive.value },
      .counter(
        "upstream_cx_destroy", "Connections closed"
      ) { $0.upstreamConnectionDestroyed.value },
      .counter(
        "upstream_cx_destroy_local_with_active_rq", "Connections we closed with a request on them"
      ) { $0.upstreamConnectionDestroyedLocally.value },
      .counter(
        "upstream_cx_destroy_remote_with_active_rq",
        "Connections the endpoint closed with a request on them"
      ) { $0.upstreamConnectionDestroyedRemotely.value },
      .counter(
        "upstream_cx_connect_fail", "Connections that could not be made"
      ) { $0.upstreamConnectionConnectFail.value },
      .counter(
        "upstream_cx_connect_timeout", "Connections that were not made in time"
      ) { $0.upstreamConnectionConnectTimeout.value },
      .counter(
        "upstream_cx_idle_timeout", "Connections closed for idleness"
      ) { $0.upstreamConnectionIdleTimeout.value },
      .counter(
        "upstream_cx_max_requests", "Connections closed for the requests they carried"
      ) { $0.upstreamConnectionMaxRequests.value },
      .counter(
        "upstream_cx_max_duration_reached", "Connections closed for their age"
      ) { $0.upstreamConnectionMaxDuration.value },
      .counter(
        "upstream_cx_http2_error", "Connections ended because the endpoint broke HTTP/2"
      ) { $0.upstreamConnectionHTTP2Error.value },
      .counter(
        "upstream_cx_overflow", "Connections not begun because the circuit breaker was open"
      ) { $0.upstreamConnectionOverflow.value },
      .counter(
        "upstream_cx_none_healthy", "Requests that found no healthy endpoint"
      ) { $0.upstreamConnectionNoneHealthy.value },
      .counter(
        "upstream_cx_rx_bytes_total", unit: .bytes, "Bytes read from endpoints"
      ) { $0.upstreamReceivedBytes.value },
      .counter(
        "upstream_cx_tx_bytes_total", unit: .bytes, "Bytes written to endpoints"
      ) { $0.upstreamSentBytes.value },
      .counter(
        "upstream_cx_protocol_error", "Malformed responses"
      ) { $0.upstreamConnectionProtocolError.value },
      .counter("upstream_rq_total", "Attempts begun") { $0.upstreamRequestTotal.value },
      .gauge("upstream_rq_active", "Attempts under way") { $0.upstreamRequestActive.value },
      .counter(
        "upstream_rq_completed", "Attempts ended, whatever the outcome"
      ) { $0.upstreamRequestCompleted.value },
      .counter(
        "upstream_rq_pending_total", "Requests that waited for a connection"
      ) { $0.upstreamRequestPendingTotal.value },
      .gauge(
        "upstream_rq_pending_active", "Requests waiting for a connection"
      ) { $0.upstreamRequestPendingActive.value },
      .counter(
        "upstream_rq_pending_overflow", "Requests refused because the circuit breaker was open"
      ) { $0.upstreamRequestPendingOverflow.value },
      .counter(
        "upstream_rq_pending_failure_eject", "Requests failed with the connection they waited for"
      ) { $0.upstreamRequestPendingFailureEject.value },
      .counter(
        "upstream_rq_cancelled", "Requests cancelled while they waited for a connection"
      ) { $0.upstreamRequestCancelled.value },
      .counter(
        "upstream_rq_timeout", "Attempts that took too long"
      ) { $0.upstreamRequestTimeout.value },
      .counter(
        "upstream_rq_max_duration_reached", "Attempts ended at the cluster's max_stream_duration"
      ) { $0.upstreamRequestMaxDuration.value },
      .counter(
        "upstream_rq_rx_reset", "Attempts the endpoint reset"
      ) { $0.upstreamRequestResetByEndpoint.value },
      .counter("upstream_rq_tx_reset", "Attempts we reset") { $0.upstreamRequestReset.value },
      .counter(
        "upstream_rq_retry", "Attempts that repeated an earlier one"
      ) { $0.upstreamRequestRetry.value },
      .counter(
        "upstream_rq_retry_success", "Repeated attempts that were answered below 500"
      ) { $0.upstreamRequestRetrySuccess.value },
      .counter(
        "lb_healthy_panic", "Picks among all endpoints because too few were healthy"
      ) { $0.healthyPanic.value },
      .gauge("membership_total", "Endpoints") { $0.membershipTotal.value },
      .gauge("membership_healthy", "Healthy endpoints") { $0.membershipHealthy.value },
      .counter(
        "membership_change", "Changes of the set of endpoints"
      ) { $0.membershipChange.value },
      .counter("update_attempt", "Name resolutions tried") { $0.updateAttempt.value },
      .counter("update_success", "Name resolutions answered") { $0.updateSuccess.value },
      .counter("update_failure", "Name resolutions failed") { $0.updateFailure.value },
    ]
    + CounterMetric.statusClasses("upstream_rq", "Responses by the class of their status") {
      $0.responses.value(ofClass: $1)
    }
    + CounterMetric.tls(
      handshakes: { $0.tls.handshakes.value }, resumptions: { $0.tls.resumptions.value },
      failures: { $0.tls.failures($1) }, updateFailures: { $0.tls.updateFailures.value },
      firstExpiry: { $0.tls.firstExpiry.value })

  public static let histograms: [HistogramMetric<ClusterStats>] = [
    .init(
      name: "upstream_rq_time", family: "upstream_rq_time_seconds",
      help: "From an attempt to the last byte of its response"
    ) { $0.requestTime.snapshot() },
    .init(
      name: "upstream_cx_connect_ms", family: "upstream_cx_connect_time_seconds",
      help: "From a connection begun to its establishment"
    ) { $0.connectTime.snapshot() },
  ]
}

extension ClusterStats {
  /// An endpoint was picked for an attempt.
  @inlinable
  public func attemptBegan() {
    upstreamRequestTotal.add()
    upstreamRequestActive.add()
  }

  /// An attempt ended; once for each `attemptBegan`.
  func attemptEnded(_ record: borrowing ExchangeRecord) {
    upstreamRequestActive.subtract()
    upstreamRequestCompleted.add()
    responses.count(status: record.attempt.status)
    if let end = record.attempt.end {
      requestTime.record(nanoseconds: end.nanoseconds(since: record.attempt.start))
    }
    if record.attemptCount > 1 {
      upstreamRequestRetry.add()
      if record.attempt.status > 0, record.attempt.status < 500 {
        upstreamRequestRetrySuccess.add()
      }
    }
    guard !record.attempt.flags.isEmpty else { return }
    if record.attempt.flags.contains(.upstreamRequestTimeout) { upstreamRequestTimeout.add() }
    if record.attempt.flags.contains(.upstreamConnectionTermination) {
      upstreamRequestResetByEndpoint.add()
    }
    if record.attempt.flags.contains(.upstreamProtocolError) {
      upstreamConnectionProtocolError.add()
    }
  }

  /// A request began to wait for a connection.
  public func requestBecamePending() {
    upstreamRequestPendingTotal.add()
    upstreamRequestPendingActive.add()
  }

  /// A connection was begun.
  @inlinable
  public func connectionBegan() {
    upstreamConnectionTotal.add()
    upstreamConnectionActive.add()
  }

  /// A connection stands.
  @inlinable
  public func connectionEstablished(afterNanoseconds nanoseconds: UInt64) {
    connectTime.record(nanoseconds: nanoseconds)
  }

  /// A connection was closed; once for each `connectionBegan`.
  @inlinable
  public func connectionEnded() {
    upstreamConnectionActive.subtract()
    upstreamConnectionDestroyed.add()
  }
}
