/// What became of spans and access log lines (`telemetry.`), on one thread.
public final class TelemetryStats: StatsBlock {
  /// The name's UTF-8.
  public let name: [UInt8]
  public let spansRecorded = Counter()
  public let spansDropped = Counter()
  public let spansExported = Counter()
  public let exportSuccess = Counter()
  public let exportFailure = Counter()
  public let exportRetry = Counter()
  public let accessLogLines = Counter()
  public let accessLogDropped = Counter()

  public init(name: String) { self.name = Array(name.utf8) }

  public static let scope = StatsScope(prefix: "telemetry", label: nil)

  public static let counters: [CounterMetric<TelemetryStats>] =
    [
      .counter("spans_recorded", "Spans put into a batch") { $0.spansRecorded.value },
      .counter(
        "spans_dropped", "Spans lost because the batch was full or the collector away"
      ) { $0.spansDropped.value },
      .counter("spans_exported", "Spans the collector took") { $0.spansExported.value },
      .counter("export_success", "Batches the collector took") { $0.exportSuccess.value },
      .counter("export_failure", "Batches given up") { $0.exportFailure.value },
      .counter("export_retry", "Batches sent again") { $0.exportRetry.value },
      .counter("access_log_lines", "Lines put into an access log") { $0.accessLogLines.value },
      .counter(
        "access_log_dropped", "Lines lost because the buffer was full"
      ) { $0.accessLogDropped.value },
    ]

  public static let histograms: [HistogramMetric<TelemetryStats>] = []
}
