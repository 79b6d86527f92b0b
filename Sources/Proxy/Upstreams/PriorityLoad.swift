/// How many endpoints of one priority can take requests.
struct PriorityAvailability: Equatable {
  var healthy = 0
  var degraded = 0
  var total = 0

  /// The health score: percent available times the overprovisioning factor, 100 at most.
  func score(_ count: Int, overprovisioningPercent: Int) -> Int {
    total == 0 ? 0 : min(100, overprovisioningPercent * count / total)
  }
}

/// The part of a cluster's requests that one priority gets, in percent.
struct PriorityLoad: Equatable {
  var healthy = 0
  var degraded = 0
  /// All endpoints of the priority are used, whatever their health.
  var panics = false
}

extension PriorityLoad {
  /// Spreads 100 percent over the priorities: each gets what its health score allows, the rest
  /// spills over to the next one; degraded endpoints come after healthy ones of every priority.
  /// Source: Envoy's architecture overview, "Priority levels", "Degraded endpoints", "Panic
  /// threshold". All zero: no endpoint may be used.
  static func distribute(
    _ priorities: [PriorityAvailability], overprovisioningPercent: Int, panicPercent: Double
  ) -> [PriorityLoad] {
    let healthy = priorities.map {
      $0.score($0.healthy, overprovisioningPercent: overprovisioningPercent)
    }
    let degraded = priorities.map {
      $0.score($0.degraded, overprovisioningPercent: overprovisioningPercent)
    }
    let score = min(100, healthy.reduce(0, +) + degraded.reduce(0, +))
    var loads = [PriorityLoad](repeating: .init(), count: priorities.count)
    if score < 100 {
      for (i, level) in priorities.enumerated() { loads[i].panics = level.panics(panicPercent) }
      if loads.allSatisfy(\.panics) { return byEndpointCount(priorities) }
    }
    guard score > 0 else { return loads }
    var rest = 100
    spread(&rest, healthy, of: score, into: &loads, \.healthy)
    spread(&rest, degraded, of: score, into: &loads, \.degraded)
    // What integer division left over.
    if let first = healthy.firstIndex(where: { $0 > 0 }) {
      loads[first].healthy += rest
    } else if let first = degraded.firstIndex(where: { $0 > 0 }) {
      loads[first].degraded += rest
    }
    return loads
  }

  private static func spread(
    _ rest: inout Int, _ scores: [Int], of total: Int, into loads: inout [PriorityLoad],
    _ part: WritableKeyPath<PriorityLoad, Int>
  ) {
    for (i, score) in scores.enumerated() {
      let load = min(rest, score * 100 / total)
      loads[i][keyPath: part] = load
      rest -= load
    }
  }

  /// Every priority panics: health says nothing, so each gets its part by size.
  private static func byEndpointCount(_ priorities: [PriorityAvailability]) -> [PriorityLoad] {
    let total = priorities.reduce(0) { $0 + $1.total }
    var loads = [PriorityLoad](
      repeating: .init(panics: true), count: priorities.count)
    guard total > 0 else { return loads }
    var rest = 100
    for (i, level) in priorities.enumerated() {
      loads[i].healthy = level.total * 100 / total
      rest -= loads[i].healthy
    }
    if let first = priorities.firstIndex(where: { $0.total > 0 }) { loads[first].healthy += rest }
    return loads
  }
}

extension PriorityAvailability {
  fileprivate func panics(_ thresholdPercent: Double) -> Bool {
    let available = total == 0 ? 0 : 100 * Double(healthy + degraded) / Double(total)
    return available < thresholdPercent
  }
}
