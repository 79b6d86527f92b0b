/// What a metric stands at, over all workers.
enum MetricReading {
  /// Of a counter or gauge.
  case value(UInt64)
  case histogram(HistogramSnapshot)

  var isUsed: Bool {
    switch self {
    case .value(let value): value != 0
    case .histogram(let snapshot): snapshot.count > 0
    }
  }
}

extension StatsRegistry {
  /// Calls `body` with each metric's whole name, as in `cluster.api.upstream_rq_total`, and reading.
  /// Control thread only; allocates.
  /// - Parameters:
  ///   - usedOnly: leaves out counters and gauges that are zero and histograms that are empty.
  ///   - filter: leaves out names it refuses; nil: none.
  func forEachReading(
    usedOnly: Bool, filter: ((String) -> Bool)?, _ body: @escaping (String, MetricReading) -> Void
  ) {
    forEachFamily(
      ReadingVisitor { name, showsZero, read in
        if let filter, !filter(name) { return }
        let reading = read()
        if showsZero && !usedOnly || reading.isUsed { body(name, reading) }
      })
  }
}

private final class ReadingVisitor: StatsFamilyVisitor {
  private let onMetric: (String, _ showsZero: Bool, () -> MetricReading) -> Void

  init(_ onMetric: @escaping (String, Bool, () -> MetricReading) -> Void) {
    self.onMetric = onMetric
  }

  func visit<Block: MetricBlock>(_ entries: [(subject: StatsSubject, blocks: [Block])]) {
    for (subject, blocks) in entries {
      for metric in Block.counters {
        onMetric(subject.prefix + metric.name, metric.showsZero) { .value(metric.sum(blocks)) }
      }
      for metric in Block.histograms {
        onMetric(subject.prefix + metric.name, metric.showsZero) { .histogram(metric.sum(blocks)) }
      }
    }
  }
}
