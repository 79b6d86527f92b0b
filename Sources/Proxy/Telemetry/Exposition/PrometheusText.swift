import Memory

/// The two text formats metrics are scraped in.
public enum ExpositionFormat: Sendable {
  /// Prometheus text format 0.0.4.
  case prometheus
  /// OpenMetrics 1.0.
  case openMetrics

  /// Value of `content-type`.
  public var contentType: StaticString {
    switch self {
    case .prometheus: "text/plain; version=0.0.4; charset=utf-8"
    case .openMetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8"
    }
  }
}

extension StatsRegistry {
  /// Appends every metric for a scraper. Control thread only; allocates.
  /// - Parameters:
  ///   - usedOnly: leaves out counters and gauges that are zero and histograms that are empty.
  ///   - version: of the build, as label of `martlet_build_info`.
  public func appendMetrics(
    to bytes: ByteBuffer, as format: ExpositionFormat, usedOnly: Bool = false, version: String
  ) {
    let writer = ExpositionWriter(bytes: bytes, format: format, usedOnly: usedOnly)
    forEachFamily(writer)
    writer.appendBuild(version: version)
    if format == .openMetrics { bytes.append("# EOF\n") }
  }
}

private final class ExpositionWriter: StatsFamilyVisitor {
  let bytes: ByteBuffer
  let format: ExpositionFormat
  let usedOnly: Bool

  init(bytes: ByteBuffer, format: ExpositionFormat, usedOnly: Bool) {
    self.bytes = bytes
    self.format = format
    self.usedOnly = usedOnly
  }

  func visit<Block: MetricBlock>(_ found: [(subject: StatsSubject, blocks: [Block])]) {
    let entries = found.map {
      (labels: $0.subject.labels.map { label($0.name, $0.value) }, blocks: $0.blocks)
    }
    guard !entries.isEmpty else { return }
    var rest = Block.counters[...]
    while let first = rest.first {
      let metrics = rest.prefix { $0.family == first.family }
      rest = rest.dropFirst(metrics.count)
      append(metrics, of: first, prefix: Block.scope.prefix, entries)
    }
    for metric in Block.histograms { append(metric, prefix: Block.scope.prefix, entries) }
  }

  /// One family of counters or gauges: a sample per entry and cell.
  private func append<Block>(
    _ metrics: ArraySlice<CounterMetric<Block>>, of first: CounterMetric<Block>, prefix: String,
    _ entries: [(labels: [String], blocks: [Block])]
  ) {
    var header = Header(
      name: "martlet_\(prefix)_\(first.family)", type: first.kind == .counter ? "counter" : "gauge",
      unit: first.unit, help: first.help)
    for entry in entries {
      for metric in metrics {
        let value = metric.sum(entry.blocks)
        if usedOnly || !metric.showsZero, value == 0 { continue }
        append(&header)
        let own = metric.label.map { [label($0.name, $0.value)] } ?? []
        bytes.append(header.sampleName)
        append(labels: entry.labels + own)
        bytes.append(decimal: value)
        bytes.append(UInt8(ascii: "\n"))
      }
    }
  }

  private func append<Block>(
    _ metric: HistogramMetric<Block>, prefix: String,
    _ entries: [(labels: [String], blocks: [Block])]
  ) {
    var header = Header(
      name: "martlet_\(prefix)_\(metric.family)", type: "histogram", unit: .seconds,
      help: metric.help)
    for entry in entries {
      let snapshot = metric.sum(entry.blocks)
      if usedOnly || !metric.showsZero, snapshot.count == 0 { continue }
      append(&header)
      var cumulative: UInt64 = 0
      for (index, count) in snapshot.counts.enumerated() {
        cumulative &+= count
        bytes.append("\(header.name)_bucket")
        let bound = HistogramSnapshot.bound(index).map(Self.seconds) ?? "+Inf"
        append(labels: entry.labels + [label("le", bound)])
        bytes.append("\(cumulative)\n")
      }
      bytes.append("\(header.name)_sum")
      append(labels: entry.labels)
      bytes.append("\(Self.seconds(snapshot.sumMicroseconds))\n\(header.name)_count")
      append(labels: entry.labels)
      bytes.append("\(cumulative)\n")
    }
  }

  /// The build's version: an info metric, which the older format knows as a gauge.
  func appendBuild(version: String) {
    let isOpen = format == .openMetrics
    var header = Header(
      name: isOpen ? "martlet_build" : "martlet_build_info", type: isOpen ? "info" : "gauge",
      unit: .none, help: "The running build")
    append(&header)
    bytes.append("martlet_build_info")
    append(labels: [label("version", version)])
    bytes.append("1\n")
  }

  /// Writes what stands above a family's samples, the first time it is asked for.
  private func append(_ header: inout Header) {
    if header.isWritten { return }
    header.isWritten = true
    let name = format == .openMetrics ? header.name : header.sampleName
    bytes.append("# HELP \(name) \(header.help)\n# TYPE \(name) \(header.type)\n")
    if format == .openMetrics, header.unit != .none {
      bytes.append("# UNIT \(name) \(header.unit.rawValue)\n")
    }
  }

  /// `{a="b",c="d"} `, or a space when there is none.
  private func append(labels: [String]) {
    bytes.append(labels.isEmpty ? " " : "{\(labels.joined(separator: ","))} ")
  }

  /// `name="value"`, escaped.
  private func label(_ name: String, _ value: String) -> String {
    var escaped = ""
    for scalar in value.unicodeScalars {
      switch scalar {
      case "\\": escaped += "\\\\"
      case "\"": escaped += "\\\""
      case "\n": escaped += "\\n"
      default: escaped.unicodeScalars.append(scalar)
      }
    }
    return "\(name)=\"\(escaped)\""
  }

  /// Microseconds as seconds with at least one decimal: `0.00025`, `10.0`.
  private static func seconds(_ microseconds: UInt64) -> String {
    var digits = String(microseconds % 1_000_000 + 1_000_000).dropFirst()
    while digits.count > 1, digits.last == "0" { digits.removeLast() }
    return "\(microseconds / 1_000_000).\(digits)"
  }
}

/// What stands above a family's samples.
private struct Header {
  let name: String
  let type: String
  let unit: MetricUnit
  let help: String
  var isWritten = false

  /// Counters' samples end in `_total`.
  var sampleName: String { type == "counter" ? name + "_total" : name }
}
