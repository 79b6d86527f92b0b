/// What happened on one listening socket (`listener.NAME.`), on one worker.
public final class ListenerStats: StatsBlock {
  /// The name's UTF-8.
  public let name: [UInt8]
  public let downstreamConnectionTotal = Counter()
  public let downstreamConnectionActive = Counter()
  public let downstreamConnectionDestroyed = Counter()
  public let downstreamConnectionOverflow = Counter()
  public let downstreamConnectionAcceptError = Counter()
  public let noFilterChainMatch = Counter()
  public let inspectionTimeout = Counter()
  public let tls = TLSCounters()

  public init(name: String) { self.name = Array(name.utf8) }

  public static let scope = StatsScope(prefix: "listener", label: "listener")

  public static let counters: [CounterMetric<ListenerStats>] =
    [
      .counter(
        "downstream_cx_total", "Connections accepted"
      ) { $0.downstreamConnectionTotal.value },
      .gauge("downstream_cx_active", "Connections open") { $0.downstreamConnectionActive.value },
      .counter(
        "downstream_cx_destroy", "Connections closed"
      ) { $0.downstreamConnectionDestroyed.value },
      .counter(
        "downstream_cx_overflow", "Connections refused for want of descriptors, or of TCP, memory"
      ) { $0.downstreamConnectionOverflow.value },
      .counter(
        "downstream_cx_accept_error", "Connections the kernel could not hand over"
      ) { $0.downstreamConnectionAcceptError.value },
      .counter(
        "no_filter_chain_match", "Connections closed because no filter chain matches them"
      ) { $0.noFilterChainMatch.value },
      .counter(
        "downstream_pre_cx_timeout", "Connections whose first message did not come in time"
      ) { $0.inspectionTimeout.value },
    ]
    + CounterMetric.tls(
      handshakes: { $0.tls.handshakes.value }, resumptions: { $0.tls.resumptions.value },
      failures: { $0.tls.failures($1) }, updateFailures: { $0.tls.updateFailures.value },
      firstExpiry: { $0.tls.firstExpiry.value })

  public static let histograms: [HistogramMetric<ListenerStats>] = []
}
