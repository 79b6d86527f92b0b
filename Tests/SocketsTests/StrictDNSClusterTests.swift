import Config
import Platform
import Reactor
import Testing

@testable import Sockets

final class StrictDNSClusterTests {
  private let loop: EventLoop
  private let server: DNSServer
  private let resolver: Resolver
  private var sets: [EndpointSet] = []
  private var failures: [DNSFailure] = []
  private var cluster: StrictDNSCluster!

  init() throws {
    loop = try EventLoop()
    server = try DNSServer(on: loop)
    var config = ResolverConfig()
    config.servers = [server.address]
    config.timeout = .seconds(5)
    config.tries = 1
    resolver = try Resolver(on: loop, asking: config)
  }

  deinit {
    cluster?.stop()
    server.close()
  }

  private func start(_ names: [DNSDiscovery.Name], respectsTTL: Bool = false) {
    let discovery = DNSDiscovery(
      names: names, lookup: .ipv4Only, refreshRate: .milliseconds(100), respectsTTL: respectsTTL)
    cluster = StrictDNSCluster(
      "api", discovery, resolver: resolver, on: loop,
      onChange: { [unowned self] in sets.append($0) },
      onLookup: { [unowned self] in if let failure = $0 { failures.append(failure) } })
    cluster.start()
  }

  private func answer(_ name: String, _ addresses: String..., ttl: UInt32 = 60) {
    server.answers[name] = .records(
      addresses.map { .address(SocketAddress($0, port: 0)!, ttl: ttl) })
  }

  private func addresses(_ set: EndpointSet?) -> [String] {
    set?.localities.flatMap(\.endpoints).map(\.address.description) ?? []
  }

  @Test func everyAddressOfEveryNameIsAnEndpoint() throws {
    answer("a.test", "10.0.0.2", "10.0.0.1")
    answer("b.test", "10.0.1.1")
    start([
      .init(host: "a.test", port: 80),
      .init(
        host: "b.test", port: 81, weight: 3, health: .degraded, locality: .init(region: "r"),
        priority: 1, localityWeight: 5),
    ])
    try loop.run("a set") { !sets.isEmpty }
    #expect(addresses(sets[0]) == ["10.0.0.1:80", "10.0.0.2:80", "10.0.1.1:81"])
    #expect(sets[0].clusterName == "api")
    #expect(sets[0].localities.map(\.priority) == [0, 1])
    #expect(sets[0].localities[1].endpoints[0].weight == 3)
    #expect(sets[0].localities[1].endpoints[0].hostname == "b.test")
    #expect(sets[0].localities[1].endpoints[0].health == .degraded)
    #expect(sets[0].localities.map(\.weight) == [nil, 5])
  }

  @Test func tellsAgainOnlyWhatChanged() throws {
    answer("a.test", "10.0.0.1", "10.0.0.2")
    start([.init(host: "a.test", port: 80)])
    try loop.run("a second question") { server.questions.count >= 2 }
    answer("a.test", "10.0.0.2", "10.0.0.1")
    let asked = server.questions.count
    try loop.run("questions about the rotated answer") { server.questions.count >= asked + 2 }
    #expect(sets.count == 1)
    answer("a.test", "10.0.0.3")
    try loop.run("the new address") { sets.count == 2 }
    #expect(addresses(sets[1]) == ["10.0.0.3:80"])
  }

  @Test func keepsTheLastGoodAddressesWhileANameFails() throws {
    answer("a.test", "10.0.0.1")
    start([.init(host: "a.test", port: 80)])
    try loop.run("a set") { sets.count == 1 }
    server.answers["a.test"] = .serverFailure
    try loop.run("a failure") { !failures.isEmpty }
    #expect(sets.count == 1)
    #expect(failures[0].host == "a.test")
    answer("a.test", "10.0.0.9")
    try loop.run("the recovery") { sets.count == 2 }
    #expect(addresses(cluster.endpoints) == ["10.0.0.9:80"])
  }

  @Test func tellsAnEmptySetWhenNoNameResolvesAtFirst() throws {
    answer("b.test", "10.0.1.1")
    start([.init(host: "none.test", port: 80), .init(host: "b.test", port: 80)])
    try loop.run("a set") { !sets.isEmpty }
    #expect(addresses(sets[0]) == ["10.0.1.1:80"])
    #expect(failures.map(\.host) == ["none.test"])
  }

  @Test func asksAgainWhenTheShortestTTLHasRunOut() throws {
    answer("a.test", "10.0.0.1", ttl: 1)
    let before = MonotonicInstant.now()
    start([.init(host: "a.test", port: 80)], respectsTTL: true)
    try loop.run("a set") { sets.count == 1 }
    answer("a.test", "10.0.0.2", ttl: 60)
    try loop.run("the new address") { sets.count == 2 }
    #expect(MonotonicInstant.now().nanoseconds(since: before) > 500_000_000)
    #expect(server.questions.count == 2)
  }

  @Test func looksUpNothingOnceStopped() throws {
    answer("a.test", "10.0.0.1")
    start([.init(host: "a.test", port: 80)])
    try loop.run("a set") { sets.count == 1 }
    cluster.stop()
    let asked = server.questions.count
    #expect(loop.armedTimerCount == 0)
    loop.turn(maxWait: 0)
    #expect(server.questions.count == asked)
  }
}

struct RefreshScheduleTests {
  private func schedule(respectsTTL: Bool) -> RefreshSchedule {
    RefreshSchedule(
      DNSDiscovery(names: [], refreshRate: .seconds(5), respectsTTL: respectsTTL))
  }

  private func answer(_ ttls: UInt32...) -> [ResolvedAddress] {
    ttls.map { ResolvedAddress(address: .loopback(port: 0), ttlSeconds: $0) }
  }

  @Test func followsTheShortestTTL() {
    var schedule = schedule(respectsTTL: true)
    #expect(schedule.onAnswer(answer(30, 12)) == .seconds(12))
    #expect(schedule.onAnswer(answer(1)) == .seconds(1))
  }

  @Test func followsTheRefreshRateWithoutATTL() {
    var ignoring = schedule(respectsTTL: false)
    #expect(ignoring.onAnswer(answer(30)) == .seconds(5))
    var respecting = schedule(respectsTTL: true)
    #expect(respecting.onAnswer(answer(0)) == .seconds(5))
  }

  @Test func backsOffWhileANameFailsAndStartsAnewAfter() {
    var schedule = schedule(respectsTTL: true)
    let bounds = (0..<8).map { _ in schedule.onFailure(random: .max) }
    #expect(bounds == [1, 2, 4, 8, 16, 30, 30, 30].map { .seconds($0) })
    #expect(schedule.onFailure(random: 0) == .milliseconds(100))
    _ = schedule.onAnswer(answer(9))
    #expect(schedule.onFailure(random: .max) == .seconds(1))
  }
}
