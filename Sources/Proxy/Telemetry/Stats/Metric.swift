/// Counters that one worker writes.
public protocol MetricBlock: AnyObject, Sendable {
  static var scope: StatsScope { get }
  static var counters: [CounterMetric<Self>] { get }
  static var histograms: [HistogramMetric<Self>] { get }
}

/// Counters that belong to one named thing, such as a cluster: one block per worker writes them, and
/// readers add the blocks up.
public protocol StatsBlock: MetricBlock {
  /// - Parameter name: the cluster's, listener's or prefix' name.
  init(name: String)
}

/// What all blocks of one kind have in common in their metrics' names.
public struct StatsScope: Sendable {
  /// First component of the dotted name and of the Prometheus family: `cluster`, `http`.
  let prefix: String
  /// Prometheus label that carries the block's name; nil: there is one such thing only.
  let label: String?
}

/// What is counted: what stands in front of its metrics' names, and tells it apart where labels do.
struct StatsSubject {
  /// `cluster.api.`
  let prefix: String
  let labels: [(name: String, value: String)]
}

extension StatsScope {
  /// The thing of that name.
  func subject(_ name: String) -> StatsSubject {
    StatsSubject(
      prefix: name.isEmpty ? "\(prefix)." : "\(prefix).\(name).",
      labels: label.map { [($0, name)] } ?? [])
  }
}

public enum MetricKind: Sendable { case counter, gauge }

/// The unit a family's name ends in (OpenMetrics section "Metric Family": base units).
public enum MetricUnit: String, Sendable { case none = "", bytes, seconds }

/// How one cell is named and read.
public struct CounterMetric<Block: AnyObject>: Sendable {
  /// Last component of the dotted name: `upstream_rq_total`.
  let name: String
  /// Prometheus family behind the scope's prefix, without `_total`: `upstream_rq`.
  let family: String
  /// A label that tells apart the cells of one family.
  let label: (name: String, value: String)?
  let kind: MetricKind
  let unit: MetricUnit
  let help: String
  /// Shown before it counts for the first time.
  var showsZero = true
  let read: @Sendable (Block) -> UInt64

  static func counter(
    _ name: String, unit: MetricUnit = .none, _ help: String,
    _ read: @escaping @Sendable (Block) -> UInt64
  ) -> Self {
    Self(
      name: name, family: family(of: name, unit), label: nil, kind: .counter, unit: unit,
      help: help, read: read)
  }

  static func gauge(
    _ name: String, unit: MetricUnit = .none, _ help: String,
    _ read: @escaping @Sendable (Block) -> UInt64
  ) -> Self {
    Self(
      name: name, family: family(of: name, unit), label: nil, kind: .gauge, unit: unit, help: help,
      read: read)
  }

  /// The name without `_total`, its unit last.
  private static func family(of name: String, _ unit: MetricUnit) -> String {
    let base = name.hasSuffix("_total") ? String(name.dropLast("_total".count)) : name
    return unit == .none || base.hasSuffix(unit.rawValue) ? base : "\(base)_\(unit.rawValue)"
  }

  /// The five counters `base_1xx` to `base_5xx`, one family `base_xx` with a label.
  static func statusClasses(
    _ base: String, _ help: String, _ read: @escaping @Sendable (Block, Int) -> UInt64
  ) -> [Self] {
    (1...5).map { hundreds in
      Self(
        name: "\(base)_\(hundreds)xx", family: "\(base)_xx",
        label: ("response_code_class", "\(hundreds)xx"), kind: .counter, unit: .none, help: help
      ) { read($0, hundreds) }
    }
  }

  /// One counter for each response flag, `base.UH` and so on, one family with a label.
  static func responseFlags(
    _ base: String, _ help: String, _ read: @escaping @Sendable (Block, Int) -> UInt64
  ) -> [Self] {
    ResponseFlags.letters.indices.map { bit in
      Self(
        name: "\(base).\(ResponseFlags.letters[bit])", family: base,
        label: ("response_flag", "\(ResponseFlags.letters[bit])"), kind: .counter, unit: .none,
        help: help
      ) { read($0, bit) }
    }
  }
}

/// How one histogram of durations is named and read.
public struct HistogramMetric<Block: AnyObject>: Sendable {
  /// Last component of the dotted name, shown in milliseconds: `upstream_rq_time`.
  let name: String
  /// Prometheus family behind the scope's prefix; ends in `_seconds`.
  let family: String
  let help: String
  /// Shown before it counts for the first time.
  var showsZero = true
  let read: @Sendable (Block) -> HistogramSnapshot
}
