import Testing

@testable import Upstreams

/// The tables of Envoy's architecture overview: percent healthy (and degraded) by priority, and the
/// load each gets. Integer division may move one percent.
@Suite struct PriorityLoadTests {
  private func loads(
    healthy: [Int], degraded: [Int] = [], panicPercent: Double = 50
  ) -> [PriorityLoad] {
    let levels = healthy.indices.map {
      PriorityAvailability(
        healthy: healthy[$0], degraded: degraded.isEmpty ? 0 : degraded[$0], total: 100)
    }
    return PriorityLoad.distribute(
      levels, overprovisioningPercent: 140, panicPercent: panicPercent)
  }

  @Test(arguments: [
    ([100, 100], [100, 0]), ([72, 100], [100, 0]), ([71, 100], [99, 1]), ([50, 100], [70, 30]),
    ([25, 100], [35, 65]), ([0, 100], [0, 100]), ([72, 72], [100, 0]), ([71, 71], [99, 1]),
    ([50, 50], [70, 30]), ([25, 25], [50, 50]), ([5, 65], [7, 93]),
    ([72, 72, 100], [100, 0, 0]), ([71, 71, 100], [99, 1, 0]), ([50, 50, 100], [70, 30, 0]),
    ([25, 100, 100], [35, 65, 0]), ([25, 25, 100], [35, 35, 30]), ([25, 25, 20], [36, 36, 28]),
  ])
  func loadSpillsOverToTheNextPriority(healthy: [Int], expected: [Int]) {
    // The panic threshold has a table of its own.
    let loads = loads(healthy: healthy, panicPercent: 0)
    #expect(loads.reduce(0) { $0 + $1.healthy } == 100)
    for (load, percent) in zip(loads, expected) { #expect(abs(load.healthy - percent) <= 1) }
  }

  @Test(arguments: [
    ([72, 100], [false, false]), ([25, 100], [false, false]), ([0, 100], [false, false]),
    ([71, 71], [false, false]), ([25, 25], [true, true]), ([5, 65], [true, false]),
  ])
  func aPriorityPanicsOnlyWhenAllTogetherAreTooFew(healthy: [Int], panics: [Bool]) {
    #expect(loads(healthy: healthy).map(\.panics) == panics)
  }

  @Test(arguments: [
    (100, 0, 100, 0), (71, 0, 100, 0), (71, 29, 99, 1), (25, 65, 35, 65), (5, 0, 100, 0),
  ])
  func degradedEndpointsTakeWhatHealthyOnesCannot(
    healthy: Int, degraded: Int, toHealthy: Int, toDegraded: Int
  ) {
    let load = loads(healthy: [healthy], degraded: [degraded], panicPercent: 0)[0]
    #expect(load.healthy == toHealthy && load.degraded == toDegraded)
  }

  @Test func whenEveryPriorityPanicsLoadFollowsSize() {
    let levels = [
      PriorityAvailability(healthy: 0, degraded: 0, total: 30),
      PriorityAvailability(healthy: 0, degraded: 0, total: 10),
    ]
    let loads = PriorityLoad.distribute(levels, overprovisioningPercent: 140, panicPercent: 50)
    #expect(loads.map(\.healthy) == [75, 25] && loads.map(\.panics) == [true, true])
  }

  @Test func withoutPanicNothingHealthyMeansNoLoad() {
    #expect(loads(healthy: [0, 0], panicPercent: 0).allSatisfy { $0 == PriorityLoad() })
  }

  @Test func loadsAlwaysAddUpToAHundred() {
    for first in 0...20 {
      for second in 0...20 {
        for degraded in [0, 3, 20 - first] where first + degraded <= 20 {
          let levels = [
            PriorityAvailability(healthy: first, degraded: degraded, total: 20),
            PriorityAvailability(healthy: second, degraded: 0, total: 20),
          ]
          let loads = PriorityLoad.distribute(
            levels, overprovisioningPercent: 140, panicPercent: 50)
          #expect(loads.reduce(0) { $0 + $1.healthy + $1.degraded } == 100)
        }
      }
    }
  }
}
