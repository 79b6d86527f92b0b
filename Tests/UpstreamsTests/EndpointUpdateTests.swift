import Config
import Platform
import Testing
import Upstreams

@Suite struct EndpointUpdateTests {
  @Test func anAddressThatStaysKeepsItsObjectAndCounters() throws {
    let cluster = Cluster.make(Cluster.set(numbers: [1, 2, 3]))
    let second = cluster.endpoints[1]
    second.poolIndex = 7
    for _ in 0..<5 { second.connectionBegan() }
    let changes = cluster.update(
      endpoints: Cluster.set([
        Cluster.endpoint(4), Cluster.endpoint(2, weight: 9, health: .degraded), Cluster.endpoint(3),
      ]))
    #expect(changes.added.map(Cluster.number) == [4])
    #expect(changes.removed.map(Cluster.number) == [1])
    #expect(changes.removed.allSatisfy { $0.isRemoved })
    #expect(cluster.endpoints.map(Cluster.number) == [4, 2, 3])
    #expect(cluster.endpoints[1] === second)
    #expect(second.poolIndex == 7 && second.counters.connections == 5 && !second.isRemoved)
    #expect(second.weight == 9 && second.health == .degraded)
  }

  @Test func anAddressNamedTwiceCountsOnce() {
    let cluster = Cluster.make(Cluster.set(numbers: [1, 2]))
    let changes = cluster.update(endpoints: Cluster.set(numbers: [1, 2, 1, 2, 3, 3]))
    #expect(changes.added.map(Cluster.number) == [3])
    #expect(changes.removed.isEmpty)
    #expect(cluster.endpoints.map(Cluster.number) == [1, 2, 3])
  }

  @Test func anAddressThatReturnsIsAnEndpointOfItsOwn() {
    let cluster = Cluster.make(Cluster.set(numbers: [1, 2]))
    let gone = cluster.endpoints[0]
    _ = cluster.update(endpoints: Cluster.set(numbers: [2]))
    let changes = cluster.update(endpoints: Cluster.set(numbers: [1, 2]))
    #expect(changes.added.count == 1)
    #expect(changes.added.first !== gone && gone.isRemoved)
  }

  /// Random sets against a model that looks every address up.
  @Test func agreesWithAModelOverRandomSets() {
    var random = FastRandom(seed: 42)
    let cluster = Cluster.make(Cluster.set(numbers: []))
    var objects: [Int: ObjectIdentifier] = [:]
    for _ in 0..<2_000 {
      let numbers = (0..<random.next(below: 12)).map { _ in random.next(below: 10) }
      let changes = cluster.update(endpoints: Cluster.set(numbers: numbers))
      var expected: [Int] = []
      for number in numbers where !expected.contains(number) { expected.append(number) }
      #expect(cluster.endpoints.map(Cluster.number) == expected)
      #expect(Set(changes.added.map(Cluster.number)) == Set(expected).subtracting(objects.keys))
      #expect(Set(changes.removed.map(Cluster.number)) == Set(objects.keys).subtracting(expected))
      for endpoint in cluster.endpoints {
        let identity = ObjectIdentifier(endpoint)
        if let before = objects[Cluster.number(endpoint)] { #expect(before == identity) }
        #expect(!endpoint.isRemoved)
      }
      objects = Dictionary(
        uniqueKeysWithValues: cluster.endpoints.map { (Cluster.number($0), ObjectIdentifier($0)) })
      let tally = cluster.tally(2 * expected.count)
      #expect(tally.count == expected.count && tally.values.allSatisfy { $0 == 2 })
    }
  }

  @Test func aClusterWithoutEndpointsOffersNone() {
    var random = FastRandom(seed: 1)
    let cluster = UpstreamCluster(id: ClusterID(slot: 3), config: Cluster.config())
    #expect(cluster.pick(random: &random) == nil)
    _ = cluster.update(endpoints: Cluster.set(numbers: []))
    #expect(cluster.pick(random: &random) == nil)
  }
}
