import Config
import Platform
import Testing
import Upstreams

@Suite struct BalancingTests {
  // MARK: round robin

  @Test func equalWeightsTakeStrictTurns() {
    let cluster = Cluster.make(Cluster.set(numbers: 0..<5))
    var random = FastRandom(seed: 3)
    let picks = (0..<50).map { _ in cluster.pick(random: &random).map(Cluster.number) }
    for index in 5..<50 { #expect(picks[index] == picks[index - 5]) }
    #expect(Set(picks[0..<5]).count == 5)
  }

  /// Earliest deadline first: after any number of picks an endpoint is at most one pick away from
  /// its share, but for the phase it began with.
  @Test(arguments: [[9, 1], [1, 1, 8], [5, 3, 2], [128, 1, 64, 7]])
  func weightsAreKeptAtEveryMoment(weights: [Int]) {
    let cluster = Cluster.make(
      Cluster.set(weights.enumerated().map { Cluster.endpoint($0, weight: UInt32($1)) }))
    let total = weights.reduce(0, +)
    var random = FastRandom(seed: 11)
    var counts = [Int](repeating: 0, count: weights.count)
    for picks in 1...(total * 50) {
      guard let endpoint = cluster.pick(random: &random) else { break }
      counts[Cluster.number(endpoint)] += 1
      for (index, weight) in weights.enumerated() {
        let share = Double(picks * weight) / Double(total)
        #expect(abs(Double(counts[index]) - share) < 2.5)
      }
    }
  }

  /// A schedule made anew after every pick must still reach light endpoints: with weights 9 and 1
  /// the first pick goes to the light one with probability 1/18; 10,000 draws lie within 5 sigma,
  /// 115 of 556.
  @Test func lightEndpointsAreReachedUnderConstantChurn() {
    let cluster = Cluster.make(Cluster.set([]))
    var random = FastRandom(seed: 8)
    var light = 0
    for round in 0..<10_000 {
      _ = cluster.update(
        endpoints: Cluster.set([
          Cluster.endpoint(0, weight: 9), Cluster.endpoint(1, weight: 1),
          Cluster.endpoint(2 + round % 2, health: .unhealthy),
        ]))
      if cluster.pick(random: &random).map(Cluster.number) == 1 { light += 1 }
    }
    #expect(abs(light - 556) < 115)
  }

  @Test(arguments: [
    ClusterConfig.LoadBalancing.roundRobin, .random, .leastRequest(choiceCount: 2),
  ])
  func anEndpointThatFailedIsAvoidedWhereThereIsAnother(policy: ClusterConfig.LoadBalancing) {
    let pair = Cluster.make(Cluster.set(numbers: 0..<2), policy: policy)
    var random = FastRandom(seed: 5)
    // The policies prefer the one that fails, as nothing runs there.
    for _ in 0..<10 { pair.endpoints[1].requestBegan() }
    for _ in 0..<1000 {
      #expect(pair.pick(random: &random, avoiding: pair.endpoints[0]) === pair.endpoints[1])
    }
    let alone = Cluster.make(Cluster.set(numbers: 0..<1))
    #expect(alone.pick(random: &random, avoiding: alone.endpoints[0]) === alone.endpoints[0])
  }

  // MARK: least request and random

  @Test func leastRequestPrefersTheIdleEndpoint() {
    let cluster = Cluster.make(Cluster.set(numbers: 0..<2), policy: .leastRequest(choiceCount: 2))
    for _ in 0..<10 { cluster.endpoints[0].requestBegan() }
    let tally = cluster.tally(10_000)
    // The loaded one is taken when both draws fall on it: a quarter; sigma 43.
    #expect(abs(tally[0, default: 0] - 2_500) < 5 * 43)
  }

  @Test func weightedLeastRequestHeedsWeightAndLoad() {
    let cluster = Cluster.make(
      Cluster.set([Cluster.endpoint(0, weight: 3), Cluster.endpoint(1, weight: 1)]),
      policy: .leastRequest(choiceCount: 2))
    let idle = cluster.tally(4_000)
    #expect(abs(idle[0, default: 0] - 3_000) <= 2)
    // 3 / (2 + 1) = 1 / (0 + 1): equal shares.
    for _ in 0..<2 { cluster.endpoints[0].requestBegan() }
    let loaded = cluster.tally(4_000)
    #expect(abs(loaded[0, default: 0] - 2_000) <= 3)
  }

  /// 100,000 draws over 10 endpoints: sigma is 95.
  @Test func randomIsEven() {
    let cluster = Cluster.make(Cluster.set(numbers: 0..<10), policy: .random)
    let tally = cluster.tally(100_000)
    #expect(tally.count == 10 && tally.values.allSatisfy { abs($0 - 10_000) < 5 * 95 })
  }

  // MARK: health

  @Test func unhealthyAndDrainingEndpointsGetNothing() {
    let cluster = Cluster.make(
      Cluster.set([
        Cluster.endpoint(0), Cluster.endpoint(1, health: .unhealthy),
        Cluster.endpoint(2, health: .draining), Cluster.endpoint(3),
      ]), panicPercent: 0)
    #expect(Set(cluster.tally(100).keys) == [0, 3])
  }

  @Test func belowThePanicThresholdHealthIsIgnored() {
    let cluster = Cluster.make(
      Cluster.set([
        Cluster.endpoint(0), Cluster.endpoint(1, health: .unhealthy),
        Cluster.endpoint(2, health: .unhealthy),
      ]))
    #expect(Set(cluster.tally(30).keys) == [0, 1, 2])
    var calm = Cluster.config()
    calm.panicThresholdPercent = 0
    cluster.update(config: calm)
    #expect(Set(cluster.tally(30).keys) == [0])
  }

  @Test func withoutPanicAnUnhealthyClusterOffersNone() {
    let cluster = Cluster.make(
      Cluster.set([Cluster.endpoint(0, health: .unhealthy)]), panicPercent: 0)
    #expect(cluster.tally(10).isEmpty)
  }

  // MARK: priorities and localities

  /// Half of priority 0 is healthy: 70 percent stay, 30 spill over. 100,000 draws, sigma 145.
  @Test func aPriorityShortOfHealthyEndpointsSpillsOver() {
    let set = EndpointSet(
      clusterName: "api",
      localities: [
        LocalityEndpoints(
          priority: 0,
          endpoints: [Cluster.endpoint(0), Cluster.endpoint(1, health: .unhealthy)]),
        LocalityEndpoints(priority: 1, endpoints: [Cluster.endpoint(2)]),
      ])
    let tally = Cluster.make(set).tally(100_000)
    #expect(abs(tally[0, default: 0] - 70_000) < 5 * 145)
    #expect(tally[0, default: 0] + tally[2, default: 0] == 100_000)
  }

  /// The table of Envoy's "Locality weighted load balancing": locality X of weight 1 with so many of
  /// 100 endpoints healthy, locality Y of weight 2 all healthy.
  @Test(arguments: [(100, 33), (72, 33), (69, 32), (50, 26), (25, 15), (0, 0)])
  func localityWeightsShrinkWithHealth(healthy: Int, percent: Int) {
    let x = (0..<100).map { Cluster.endpoint($0, health: $0 < healthy ? .healthy : .unhealthy) }
    let y = (100..<200).map { Cluster.endpoint($0) }
    let set = EndpointSet(
      clusterName: "api",
      localities: [
        LocalityEndpoints(locality: .init(zone: "x"), weight: 1, endpoints: x),
        LocalityEndpoints(locality: .init(zone: "y"), weight: 2, endpoints: y),
      ])
    let cluster = Cluster.make(set, panicPercent: 0)
    let tally = cluster.tally(10_000)
    let toX = tally.filter { $0.key < 100 }.values.reduce(0, +)
    #expect(abs(Double(toX) / 100 - Double(percent)) <= 1)
    #expect(tally.keys.allSatisfy { $0 >= 100 || $0 < healthy })
  }

  @Test func localitiesWithoutWeightsAreOnePool() {
    let set = EndpointSet(
      clusterName: "api",
      localities: [
        LocalityEndpoints(locality: .init(zone: "x"), endpoints: [Cluster.endpoint(0)]),
        LocalityEndpoints(
          locality: .init(zone: "y"), endpoints: (1...3).map { Cluster.endpoint($0) }),
      ])
    let cluster = Cluster.make(set)
    #expect(cluster.tally(400) == [0: 100, 1: 100, 2: 100, 3: 100])
    #expect(cluster.locality(of: cluster.endpoints[2]).zone == "y")
  }
}
