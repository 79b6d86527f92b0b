/// What happened on one HTTP connection manager (`http.PREFIX.`), on one worker.
public final class HTTPStats: StatsBlock {
  /// The name's UTF-8.
  public let name: [UInt8]
  public let downstreamConnectionTotal = Counter()
  public let downstreamConnectionActive = Counter()
  public let downstreamConnectionDestroyed = Counter()
  public let downstreamReceivedBytes = Counter()
  public let downstreamSentBytes = Counter()
  public let downstreamConnectionProtocolError = Counter()
  public let downstreamConnectionIdleTimeout = Counter()
  public let downstreamConnectionMaxDurationReached = Counter()
  public let downstreamConnectionDrainClose = Counter()
  public let downstreamConnectionMaxRequestsReached = Counter()
  public let downstreamHTTP2ConnectionTotal = Counter()
  public let downstreamHTTP2Error = Counter()
  public let floods = FloodCounters()
  public let upgradesTotal = Counter()
  public let upgradesActive = Counter()
  public let downstreamRequestTotal = Counter()
  public let downstreamRequestActive = Counter()
  public let downstreamRequestCompleted = Counter()
  public let downstreamRequestResetByClient = Counter()
  public let downstreamRequestRefused = Counter()
  public let downstreamRequestHeaderTimeout = Counter()
  public let downstreamRequestTimeout = Counter()
  public let downstreamRequestIdleTimeout = Counter()
  public let downstreamRequestMaxDuration = Counter()
  public let underscoreFieldsDropped = Counter()
  public let underscoreRequestsRejected = Counter()
  public let clientCertificateFieldsDropped = Counter()
  public let downstreamRequestTooLarge = Counter()
  public let downstreamRequestOverload = Counter()
  public let downstreamRequestOverloadReset = Counter()
  public let directResponses = Counter()
  public let redirects = Counter()
  public let noRoute = Counter()
  public let noCluster = Counter()
  public let regexLimitHits = Counter()
  public let sampledTraces = Counter()
  public let responses = StatusClassCounters()
  public let flagged = ResponseFlagCounters()
  public let requestTime = Histogram()

  public init(name: String) { self.name = Array(name.utf8) }

  public static let scope = StatsScope(prefix: "http", label: "stat_prefix")

  public static let counters: [CounterMetric<HTTPStats>] =
    [
      .counter(
        "downstream_cx_total", "Connections accepted"
      ) { $0.downstreamConnectionTotal.value },
      .gauge("downstream_cx_active", "Connections open") { $0.downstreamConnectionActive.value },
      .counter(
        "downstream_cx_destroy", "Connections closed"
      ) { $0.downstreamConnectionDestroyed.value },
      .counter(
        "downstream_cx_rx_bytes_total", unit: .bytes, "Bytes read from clients"
      ) { $0.downstreamReceivedBytes.value },
      .counter(
        "downstream_cx_tx_bytes_total", unit: .bytes, "Bytes written to clients"
      ) { $0.downstreamSentBytes.value },
      .counter(
        "downstream_cx_protocol_error", "Malformed requests"
      ) { $0.downstreamConnectionProtocolError.value },
      .counter(
        "downstream_cx_idle_timeout", "Connections closed for idleness"
      ) { $0.downstreamConnectionIdleTimeout.value },
      .counter(
        "downstream_cx_max_duration_reached", "Connections closed for their age"
      ) { $0.downstreamConnectionMaxDurationReached.value },
      .counter(
        "downstream_cx_drain_close", "Connections closed by a drain"
      ) { $0.downstreamConnectionDrainClose.value },
      .counter(
        "downstream_cx_max_requests_reached", "Connections closed for the requests they carried"
      ) { $0.downstreamConnectionMaxRequestsReached.value },
      .counter(
        "downstream_cx_http2_total", "Connections that spoke HTTP/2"
      ) { $0.downstreamHTTP2ConnectionTotal.value },
      .counter(
        "downstream_cx_http2_error", "Connections ended because the client broke HTTP/2"
      ) { $0.downstreamHTTP2Error.value },
      .counter(
        "downstream_cx_http2_flood", "Connections closed for frames that bring nothing"
      ) { $0.floods.sum },
      .counter(
        "downstream_cx_upgrades_total", "Requests that became a tunnel: upgrades and CONNECT"
      ) { $0.upgradesTotal.value },
      .gauge("downstream_cx_upgrades_active", "Tunnels open") { $0.upgradesActive.value },
      .counter(
        "downstream_rq_total", "Requests whose head was read"
      ) { $0.downstreamRequestTotal.value },
      .gauge("downstream_rq_active", "Requests under way") { $0.downstreamRequestActive.value },
      .counter(
        "downstream_rq_completed", "Requests ended, whatever the outcome"
      ) { $0.downstreamRequestCompleted.value },
      .counter(
        "downstream_rq_rx_reset", "Requests the client gave up"
      ) { $0.downstreamRequestResetByClient.value },
      .counter(
        "downstream_rq_refused", "Streams refused beyond max_concurrent_streams"
      ) { $0.downstreamRequestRefused.value },
      .counter(
        "downstream_rq_header_timeout", "Requests whose head did not arrive in time"
      ) { $0.downstreamRequestHeaderTimeout.value },
      .counter(
        "downstream_rq_timeout", "Requests that did not arrive in time"
      ) { $0.downstreamRequestTimeout.value },
      .counter(
        "downstream_rq_idle_timeout", "Requests ended because nothing moved"
      ) { $0.downstreamRequestIdleTimeout.value },
      .counter(
        "downstream_rq_max_duration_reached", "Requests ended at their max_stream_duration"
      ) { $0.downstreamRequestMaxDuration.value },
      .counter(
        "dropped_headers_with_underscores", "Request fields dropped for an underscore"
      ) { $0.underscoreFieldsDropped.value },
      .counter(
        "requests_rejected_with_underscores_in_headers", "Requests refused for an underscore"
      ) { $0.underscoreRequestsRejected.value },
      .counter(
        "dropped_malformed_client_cert", "Requests whose x-forwarded-client-cert was dropped"
      ) { $0.clientCertificateFieldsDropped.value },
      .counter(
        "downstream_rq_too_large", "Requests refused for their size"
      ) { $0.downstreamRequestTooLarge.value },
      .counter(
        "downstream_rq_overload_close", "Requests refused for want of memory"
      ) { $0.downstreamRequestOverload.value },
      .counter(
        "downstream_rq_overload_reset", "Requests reset for want of memory, their answers unread"
      ) { $0.downstreamRequestOverloadReset.value },
      .counter(
        "rq_direct_response", "Requests answered by a direct response"
      ) { $0.directResponses.value },
      .counter("rq_redirect", "Requests answered by a redirect") { $0.redirects.value },
      .counter("no_route", "Requests no route matched") { $0.noRoute.value },
      .counter("no_cluster", "Requests whose route names no known cluster") { $0.noCluster.value },
      .counter(
        "regex_limit_hits", "Regular expressions given up for their cost"
      ) { $0.regexLimitHits.value },
      .counter("tracing_sampled", "Requests whose trace is sampled") { $0.sampledTraces.value },
    ]
    + CounterMetric.statusClasses("downstream_rq", "Responses by the class of their status") {
      $0.responses.value(ofClass: $1)
    }
    + CounterMetric.responseFlags("downstream_rq_flagged", "Requests by response flag") {
      $0.flagged.value(ofBit: $1)
    }
    + CounterMetric.floods { $0.floods.value(of: $1) }

  public static let histograms: [HistogramMetric<HTTPStats>] = [
    .init(
      name: "downstream_rq_time", family: "downstream_rq_time_seconds",
      help: "From the first byte of a request to the last of its response"
    ) { $0.requestTime.snapshot() }
  ]
}

extension HTTPStats {
  /// A request's head was read.
  @inlinable
  public func requestBegan() {
    downstreamRequestTotal.add()
    downstreamRequestActive.add()
  }

  /// An exchange ended; once for each `requestBegan`.
  func requestEnded(_ record: borrowing ExchangeRecord) {
    downstreamRequestActive.subtract()
    downstreamRequestCompleted.add()
    responses.count(status: record.status)
    requestTime.record(nanoseconds: record.durationNanoseconds)
    if record.trace.isSampled { sampledTraces.add() }
    guard !record.flags.isEmpty else { return }
    flagged.count(record.flags)
    if record.flags.contains(.noRoute) { noRoute.add() }
    if record.flags.contains(.noCluster) { noCluster.add() }
    if record.flags.contains(.streamIdleTimeout) { downstreamRequestIdleTimeout.add() }
    if record.flags.contains(.durationTimeout) { downstreamRequestTimeout.add() }
    if record.flags.contains(.downstreamConnectionTermination) {
      downstreamRequestResetByClient.add()
    }
  }
}
