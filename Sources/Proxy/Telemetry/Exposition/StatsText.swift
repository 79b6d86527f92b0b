import Memory

extension StatsRegistry {
  /// Appends one line for each metric: `cluster.api.upstream_rq_total: 5`, as Envoy's `/stats` has it.
  /// Control thread only; allocates.
  /// - Parameters: as for `forEachReading`.
  public func appendText(
    to bytes: ByteBuffer, usedOnly: Bool = false, filter: ((String) -> Bool)? = nil
  ) {
    forEachReading(usedOnly: usedOnly, filter: filter) { name, reading in
      bytes.append(name)
      bytes.append(": " as StaticString)
      switch reading {
      case .value(let value): bytes.append(decimal: value)
      case .histogram(let snapshot): bytes.append(snapshot)
      }
      bytes.append(UInt8(ascii: "\n"))
    }
  }
}

extension ByteBuffer {
  /// Quantiles in milliseconds since the start; there is no interval, hence `nan`.
  fileprivate func append(_ snapshot: HistogramSnapshot) {
    guard snapshot.count > 0 else {
      append("No recorded values" as StaticString)
      return
    }
    for (index, share) in HistogramSnapshot.shownShares.enumerated() {
      if index > 0 { append(UInt8(ascii: " ")) }
      let percent = share * 100
      append("P")
      append(percent == percent.rounded() ? "\(Int(percent))" : "\(percent)")
      let value = snapshot.quantileMilliseconds(share) ?? 0
      append("(nan,\((value * 1000).rounded() / 1000))")
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
