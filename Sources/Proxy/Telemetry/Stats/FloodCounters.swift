import HTTP2

/// Connections that were closed for floods, by their kind.
public struct FloodCounters: ~Copyable, Sendable {
  private let kinds: InlineArray<9, Counter> = InlineArray { _ in Counter() }

  init() { precondition(kinds.count == HTTP2Flood.allCases.count, "each kind has its counter") }

  public func add(_ flood: HTTP2Flood) { kinds[flood.rawValue].add() }

  func value(of flood: HTTP2Flood) -> UInt64 { kinds[flood.rawValue].value }

  var sum: UInt64 { HTTP2Flood.allCases.reduce(0) { $0 + value(of: $1) } }
}

extension CounterMetric {
  /// `downstream_cx_flooded.KIND`, one family with a label, each shown from its first count on.
  static func floods(_ value: @escaping @Sendable (Block, HTTP2Flood) -> UInt64) -> [Self] {
    HTTP2Flood.allCases.map { flood in
      var metric = Self(
        name: "downstream_cx_flooded.\(flood.cause)", family: "downstream_cx_flooded",
        label: ("kind", "\(flood.cause)"), kind: .counter, unit: .none,
        help: "Connections closed for frames that bring nothing, by their kind"
      ) { value($0, flood) }
      metric.showsZero = false
      return metric
    }
  }
}
