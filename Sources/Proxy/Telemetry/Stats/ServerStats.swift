/// The process (`server.`). Control thread only.
public final class ServerStats: StatsBlock {
  /// The name's UTF-8.
  public let name: [UInt8]
  public let live = Counter()
  public let state = Counter()
  public let uptime = Counter()
  public let concurrency = Counter()
  public let memoryResident = Counter()
  public let firstExpiry = Counter()

  public init(name: String) { self.name = Array(name.utf8) }

  public static let scope = StatsScope(prefix: "server", label: nil)

  public static let counters: [CounterMetric<ServerStats>] =
    [
      .gauge("live", "1 while the process serves and does not drain") { $0.live.value },
      .gauge(
        "state", "0 live, 1 draining, 2 waiting for its configuration, 3 starting"
      ) { $0.state.value },
      .gauge("uptime", unit: .seconds, "Seconds since the start") { $0.uptime.value },
      .gauge("concurrency", "Workers") { $0.concurrency.value },
      .gauge("memory_resident", unit: .bytes, "Resident memory") { $0.memoryResident.value },
      .gauge(
        "first_cert_expires_in", unit: .seconds, "Until the first certificate in use expires"
      ) { $0.firstExpiry.value },
    ]

  public static let histograms: [HistogramMetric<ServerStats>] = []
}
