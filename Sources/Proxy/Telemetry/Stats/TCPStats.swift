/// What happened on one TCP proxy (`tcp.PREFIX.`), on one worker.
public final class TCPStats: StatsBlock {
  /// The name's UTF-8.
  public let name: [UInt8]
  public let downstreamConnectionTotal = Counter()
  public let downstreamConnectionActive = Counter()
  public let downstreamConnectionDestroyed = Counter()
  public let downstreamConnectionNoRoute = Counter()
  public let downstreamReceivedBytes = Counter()
  public let downstreamSentBytes = Counter()
  public let idleTimeout = Counter()
  public let maxConnectionDuration = Counter()
  public let flagged = ResponseFlagCounters()
  public let connectionTime = Histogram()

  public init(name: String) { self.name = Array(name.utf8) }

  public static let scope = StatsScope(prefix: "tcp", label: "stat_prefix")

  public static let counters: [CounterMetric<TCPStats>] =
    [
      .counter(
        "downstream_cx_total", "Connections accepted"
      ) { $0.downstreamConnectionTotal.value },
      .gauge("downstream_cx_active", "Connections open") { $0.downstreamConnectionActive.value },
      .counter(
        "downstream_cx_destroy", "Connections closed"
      ) { $0.downstreamConnectionDestroyed.value },
      .counter(
        "downstream_cx_no_route", "Connections whose cluster is not known"
      ) { $0.downstreamConnectionNoRoute.value },
      .counter(
        "downstream_cx_rx_bytes_total", unit: .bytes, "Bytes read from clients"
      ) { $0.downstreamReceivedBytes.value },
      .counter(
        "downstream_cx_tx_bytes_total", unit: .bytes, "Bytes written to clients"
      ) { $0.downstreamSentBytes.value },
      .counter("idle_timeout", "Connections closed for idleness") { $0.idleTimeout.value },
      .counter(
        "max_downstream_connection_duration", "Connections closed for their age"
      ) { $0.maxConnectionDuration.value },
    ]
    + CounterMetric.responseFlags("downstream_cx_flagged", "Connections by response flag") {
      $0.flagged.value(ofBit: $1)
    }

  public static let histograms: [HistogramMetric<TCPStats>] = [
    .init(
      name: "downstream_cx_length_ms", family: "downstream_cx_length_seconds",
      help: "How long connections lived"
    ) { $0.connectionTime.snapshot() }
  ]
}

extension TCPStats {
  /// A connection was accepted.
  @inlinable
  public func connectionBegan() {
    downstreamConnectionTotal.add()
    downstreamConnectionActive.add()
  }

  /// A connection ended; once for each `connectionBegan`.
  func connectionEnded(_ record: borrowing ExchangeRecord) {
    downstreamConnectionActive.subtract()
    downstreamConnectionDestroyed.add()
    connectionTime.record(nanoseconds: record.durationNanoseconds)
    flagged.count(record.flags)
    if record.flags.contains(.noCluster) { downstreamConnectionNoRoute.add() }
    if record.flags.contains(.streamIdleTimeout) { idleTimeout.add() }
    if record.flags.contains(.durationTimeout) { maxConnectionDuration.add() }
  }
}
