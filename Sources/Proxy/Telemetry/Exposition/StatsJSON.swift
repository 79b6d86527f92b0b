import Memory

extension StatsRegistry {
  /// Appends what Envoy's `/stats?format=json` has: `{"stats": [{"name": ..., "value": ...}, ...]}`, the
  /// histograms' quantiles in milliseconds as the last element. Control thread only; allocates.
  /// - Parameters: as for `appendText`.
  public func appendJSON(
    to bytes: ByteBuffer, usedOnly: Bool = false, filter: ((String) -> Bool)? = nil
  ) {
    let writer = StatsJSONWriter(bytes: bytes, usedOnly: usedOnly, filter: filter)
    bytes.append("{\"stats\":[")
    forEachFamily(writer)
    writer.finish()
    bytes.append("]}\n")
  }
}

private final class StatsJSONWriter: StatsFamilyVisitor {
  private let bytes: ByteBuffer
  private let usedOnly: Bool
  private let filter: ((String) -> Bool)?
  private var isFirst = true
  private var histograms: [(name: String, snapshot: HistogramSnapshot)] = []

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
        if usedOnly && value == 0 || !isWanted(prefix + metric.name) { continue }
        beginElement(named: prefix + metric.name)
        bytes.append(",\"value\":\(value)}")
      }
      for metric in Block.histograms where isWanted(prefix + metric.name) {
        let snapshot = metric.sum(blocks)
        if !usedOnly || snapshot.count > 0 { histograms.append((prefix + metric.name, snapshot)) }
      }
    }
  }

  private func isWanted(_ name: String) -> Bool { filter?(name) ?? true }

  /// `{"name":"..."`, behind a comma where one belongs.
  private func beginElement(named name: String) {
    bytes.append(isFirst ? "{\"name\":\"" : ",{\"name\":\"")
    isFirst = false
    bytes.append(json: Array(name.utf8).span)
    bytes.append("\"")
  }

  /// The histograms, if there are any.
  func finish() {
    guard !histograms.isEmpty else { return }
    let percents = HistogramSnapshot.shownShares.map { "\($0 * 100)" }.joined(separator: ",")
    bytes.append(isFirst ? "" : ",")
    bytes.append("{\"histograms\":{\"supported_quantiles\":[\(percents)],\"computed_quantiles\":[")
    isFirst = true
    for (name, snapshot) in histograms {
      beginElement(named: name)
      let values = HistogramSnapshot.shownShares.map { share in
        let value = snapshot.quantileMilliseconds(share).map { "\($0)" } ?? "null"
        return "{\"interval\":null,\"cumulative\":\(value)}"
      }
      bytes.append(",\"values\":[\(values.joined(separator: ","))]}")
    }
    bytes.append("]}}")
  }
}
