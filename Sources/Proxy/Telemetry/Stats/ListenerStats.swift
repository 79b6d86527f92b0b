/// What happened on one listening socket (`listener.NAME.`), on one worker.
public final class ListenerStats: StatsBlock {
  /// The name's UTF-8.
  public let name: [UInt8]
  public let downstreamConnectionTotal = Counter()
  public let downstreamConnectionActive = Counter()
  public let downstreamConnectionDestroyed = Counter()
  public let downstreamConnectionOverflow = Counter()
  public let downstreamConnectionAcceptError = Counter()

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
    ]

  public static let histograms: [HistogramMetric<ListenerStats>] = []
}
