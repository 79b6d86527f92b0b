import Memory

extension StatsRegistry {
  /// Appends what Envoy's `/stats?format=json` has: `{"stats": [{"name": ..., "value": ...}, ...]}`, the
  /// histograms' quantiles in milliseconds as the last element. Control thread only; allocates.
  /// - Parameters: as for `forEachReading`.
  public func appendJSON(
    to bytes: ByteBuffer, usedOnly: Bool = false, filter: ((String) -> Bool)? = nil
  ) {
    let writer = StatsJSONWriter(bytes)
    bytes.append("{\"stats\":[")
    forEachReading(usedOnly: usedOnly, filter: filter, writer.append)
    writer.finish()
    bytes.append("]}\n")
  }
}

private final class StatsJSONWriter {
  private let bytes: ByteBuffer
  private var isFirst = true
  private var histograms: [(name: String, snapshot: HistogramSnapshot)] = []

  init(_ bytes: ByteBuffer) { self.bytes = bytes }

  func append(_ name: String, _ reading: MetricReading) {
    switch reading {
    case .value(let value):
      beginElement(named: name)
      bytes.append(",\"value\":\(value)}")
    case .histogram(let snapshot): histograms.append((name, snapshot))
    }
  }

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
