import Memory

extension StatsRegistry {
  /// Appends one line for each metric: `cluster.api.upstream_rq_total: 5`, as Envoy's `/stats` has it.
  /// Control thread only; allocates.
  /// - Parameters:
  ///   - usedOnly: leaves out counters and gauges that are zero and histograms that are empty.
  ///   - filter: leaves out names it refuses; nil: none.
  public func appendText(
    to bytes: ByteBuffer, usedOnly: Bool = false, filter: ((String) -> Bool)? = nil
  ) {
    forEachFamily(StatsTextWriter(bytes: bytes, usedOnly: usedOnly, filter: filter))
  }
}

private final class StatsTextWriter: StatsFamilyVisitor {
  let bytes: ByteBuffer
  let usedOnly: Bool
  let filter: ((String) -> Bool)?

  init(bytes: ByteBuffer, usedOnly: Bool, filter: ((String) -> Bool)?) {
    self.bytes = bytes
    self.usedOnly = usedOnly
    self.filter = filter
  }

  func visit<Block: StatsBlock>(_ family: StatsFamily<Block>) {
    for (name, blocks) in family.sorted {
      let prefix = name.isEmpty ? "\(Block.scope.prefix)." : "\(Block.scope.prefix).\(name)."
      for metric in Block.counters {
        let value = metric.sum(blocks)
        if usedOnly && value == 0 { continue }
        guard begin(prefix, metric.name) else { continue }
        bytes.append(decimal: value)
        bytes.append(UInt8(ascii: "\n"))
      }
      for metric in Block.histograms {
        let snapshot = metric.sum(blocks)
        if usedOnly && snapshot.count == 0 { continue }
        guard begin(prefix, metric.name) else { continue }
        append(snapshot)
        bytes.append(UInt8(ascii: "\n"))
      }
    }
  }

  /// `prefix.name: `, unless the filter refuses it.
  private func begin(_ prefix: String, _ name: String) -> Bool {
    if let filter, !filter(prefix + name) { return false }
    bytes.append(prefix)
    bytes.append(name)
    bytes.append(": " as StaticString)
    return true
  }

  /// Quantiles in milliseconds since the start; there is no interval, hence `nan`.
  private func append(_ snapshot: HistogramSnapshot) {
    guard snapshot.count > 0 else {
      bytes.append("No recorded values" as StaticString)
      return
    }
    for (index, share) in HistogramSnapshot.shownShares.enumerated() {
      if index > 0 { bytes.append(UInt8(ascii: " ")) }
      let percent = share * 100
      bytes.append("P")
      bytes.append(percent == percent.rounded() ? "\(Int(percent))" : "\(percent)")
      let value = snapshot.quantileMilliseconds(share) ?? 0
      bytes.append("(nan,\((value * 1000).rounded() / 1000))")
    }
  }
}

extension CounterMetric {
  /// Over all blocks; gauges that went below zero on one block wrap back.
  func sum(_ blocks: [Block]) -> UInt64 { blocks.reduce(0) { $0 &+ read($1) } }
}

extension HistogramMetric {
  func sum(_ blocks: [Block]) -> HistogramSnapshot {
    blocks.reduce(into: HistogramSnapshot()) { $0.merge(read($1)) }
  }
}
