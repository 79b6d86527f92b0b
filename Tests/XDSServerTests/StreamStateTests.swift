import MeshModel
import MeshTranslate
import Testing

@testable import XDSServer

/// One proxy, the mesh it is told of, and a clock that moves when told to.
private struct Stream {
  var mesh: Mesh
  var revision: UInt64 = 1
  var state: StreamState
  var now = ContinuousClock.now
  var selected: [ResourceType: [String]] = [:]

  init(_ services: String..., split: [UInt32]? = nil) {
    mesh = Mesh(services.map { .service(Service(name: $0, ports: [ServicePort(number: 80)])) })
    if let split { mesh[Self.split(split).key] = Self.split(split) }
    state = StreamState(Self.resources(mesh, 1))
  }

  static func resources(_ mesh: Mesh, _ revision: UInt64) -> ResourceSnapshot {
    MeshTranslation().resources(
      of: MeshSnapshot(revision: revision, mesh: mesh), for: ProxyProfile(node: "n"))
  }

  static func split(_ weights: [UInt32]) -> MeshObject {
    let backends = zip(["b", "c"], weights).map { TrafficSplitBackend(service: $0, weight: $1) }
    return .trafficSplit(TrafficSplit(name: "s", service: "a", backends: backends))
  }

  mutating func change(_ edit: (inout Mesh) -> Void) -> [StreamState.Push] {
    edit(&mesh)
    revision += 1
    return state.onSnapshot(Self.resources(mesh, revision), now: now)
  }

  mutating func setWeights(_ weights: UInt32...) -> [StreamState.Push] {
    change { $0[Self.split(weights).key] = Self.split(weights) }
  }

  mutating func add(_ name: String) -> [StreamState.Push] {
    let service = Service(name: name, ports: [ServicePort(number: 80)])
    return change { $0[service.key] = .service(service) }
  }

  mutating func remove(_ name: String) -> [StreamState.Push] {
    change { $0[ObjectKey(.service, name: name)] = nil }
  }

  mutating func subscribe(
    _ type: ResourceType, _ names: String..., version: String = "", nonce: String = ""
  ) -> [StreamState.Push] {
    selected[type] = names
    let request = StreamState.Request(type: type, version: version, names: names, nonce: nonce)
    return state.onRequest(request, now: now)
  }

  mutating func ack(_ push: StreamState.Push, refusal: String? = nil) -> [StreamState.Push] {
    let request = StreamState.Request(
      type: push.type, version: push.version, names: selected[push.type] ?? [], nonce: push.nonce,
      refusal: refusal)
    return state.onRequest(request, now: now)
  }

  /// Subscribes to everything as a proxy does, and acknowledges it.
  mutating func start() throws {
    for type in ResourceType.allCases {
      let names =
        switch type {
        case .cluster, .listener: [String]()
        case .endpoints: Self.resources(mesh, 1)[.endpoints].keys.sorted()
        case .route: ["routing"]
        }
      selected[type] = names
      let pushes = state.onRequest(.init(type: type, names: names), now: now)
      try #require(pushes.map(\.type) == [type])
      _ = ack(pushes[0])
    }
  }

  func status(_ type: ResourceType) -> ResourceTypeStatus? {
    state.status.first { $0.type == type.abbreviation }
  }
}

@Suite struct StreamStateTests {
  @Test func answersANewSubscriptionAtOnceAndOnce() {
    var stream = Stream("a", "b")
    let pushes = stream.subscribe(.cluster)
    #expect(pushes.map { $0.resources.map(\.name) } == [["a.default:80", "b.default:80"]])
    #expect(stream.ack(pushes[0]).isEmpty)
    #expect(stream.status(.cluster)?.versionAcknowledged == pushes[0].version)
  }

  @Test func aWeightChangePushesRoutesOnly() throws {
    var stream = Stream("a", "b", "c", split: [90, 10])
    try stream.start()
    #expect(stream.setWeights(50, 50).map(\.type) == [.route])
  }

  @Test func aChangeThatMakesNoDifferencePushesNothing() throws {
    var stream = Stream("a", "b", "c", split: [90, 10])
    try stream.start()
    #expect(stream.change { _ in }.isEmpty)
  }

  @Test func keepsOneResponseInFlightAndThenSendsTheNewest() throws {
    var stream = Stream("a", "b", "c", split: [90, 10])
    try stream.start()
    let first = stream.setWeights(80, 20)
    #expect(stream.setWeights(70, 30).isEmpty)
    #expect(stream.setWeights(60, 40).isEmpty)
    let next = stream.ack(first[0])
    #expect(next.map(\.type) == [.route])
    #expect(stream.ack(next[0]).isEmpty)
    #expect(stream.status(.route)?.revision == stream.revision)
  }

  @Test func sendsNothingWhenAStormEndsWhereItBegan() throws {
    var stream = Stream("a", "b", "c", split: [90, 10])
    try stream.start()
    let first = stream.setWeights(80, 20)
    _ = stream.setWeights(1, 1)
    _ = stream.setWeights(80, 20)
    #expect(stream.ack(first[0]).isEmpty)
  }

  @Test func ignoresARequestWithAnOldNonce() throws {
    var stream = Stream("a", "b", "c", split: [90, 10])
    let old = stream.subscribe(.route, "routing")[0]
    _ = stream.ack(old)
    let new = stream.setWeights(50, 50)[0]
    #expect(stream.ack(old, refusal: "late").isEmpty)
    #expect(stream.status(.route)?.nack == nil)
    _ = stream.ack(new)
    #expect(stream.status(.route)?.versionAcknowledged == new.version)
  }

  @Test func keepsARefusalAndDoesNotSendTheSameAgain() throws {
    var stream = Stream("a", "b", "c", split: [90, 10])
    try stream.start()
    let accepted = stream.status(.route)?.versionAcknowledged
    let refused = stream.setWeights(50, 50)[0]
    stream.now += .milliseconds(3)
    #expect(stream.ack(refused, refusal: "no").isEmpty)
    let status = stream.status(.route)
    #expect(status?.nack == "no")
    #expect(status?.versionSent == refused.version)
    #expect(status?.versionAcknowledged == accepted)
    #expect(status?.millisecondsToAck == 3)
    let repaired = stream.setWeights(60, 40)
    #expect(repaired.map(\.type) == [.route])
    #expect(stream.status(.route)?.nack == nil)
  }

  @Test func aRefusalIsTakenBackByALaterAcceptance() throws {
    var stream = Stream("a", "b", "c", split: [90, 10])
    try stream.start()
    let accepted = try #require(stream.status(.route)?.versionAcknowledged)
    let refused = stream.setWeights(50, 50)[0]
    _ = stream.ack(refused, refusal: "the port is taken")
    _ = stream.subscribe(.route, "routing", version: accepted, nonce: refused.nonce)
    #expect(stream.status(.route)?.nack == "the port is taken")
    stream.now += .milliseconds(7)
    #expect(stream.ack(refused).isEmpty)
    #expect(stream.status(.route)?.nack == nil)
    #expect(stream.status(.route)?.versionAcknowledged == refused.version)
    #expect(stream.status(.route)?.millisecondsToAck == 7)
  }

  @Test func whatWasAcceptedMayBeRefusedAfterTheFact() throws {
    var stream = Stream("a", "b", "c", split: [90, 10])
    try stream.start()
    let accepted = stream.setWeights(50, 50)[0]
    _ = stream.ack(accepted)
    #expect(stream.ack(accepted, refusal: "the port was taken meanwhile").isEmpty)
    #expect(stream.status(.route)?.nack == "the port was taken meanwhile")
  }

  @Test func resumesWithoutResendingWhatTheProxyHas() throws {
    var before = Stream("a", "b")
    let version = before.subscribe(.cluster)[0].version
    var after = Stream("a", "b")
    #expect(after.subscribe(.cluster, version: version, nonce: "7").isEmpty)
    #expect(after.status(.cluster)?.versionAcknowledged == version)
    var changed = Stream("a", "b", "c")
    #expect(changed.subscribe(.cluster, version: version).count == 1)
  }

  @Test func sendsOnlyTheEndpointsThatAreNewToTheProxy() {
    var stream = Stream("a", "b")
    let first = stream.subscribe(.endpoints, "a.default:80")
    #expect(first[0].resources.map(\.name) == ["a.default:80"])
    let second = stream.subscribe(
      .endpoints, "a.default:80", "b.default:80", version: first[0].version,
      nonce: first[0].nonce)
    #expect(second[0].resources.map(\.name) == ["b.default:80"])
    #expect(second[0].version != first[0].version)
  }

  @Test func sendsEndpointsAgainToOneWhoLetThemGo() {
    var stream = Stream("a", "b")
    let both = stream.subscribe(.endpoints, "a.default:80", "b.default:80")[0]
    #expect(
      stream.subscribe(.endpoints, "a.default:80", version: both.version, nonce: both.nonce)
        .isEmpty)
    let again = stream.subscribe(
      .endpoints, "a.default:80", "b.default:80", version: both.version, nonce: both.nonce)
    #expect(again.map { $0.resources.map(\.name) } == [["b.default:80"]])
  }

  @Test func routesWaitForTheEndpointsOfNewClusters() throws {
    var stream = Stream("a")
    try stream.start()
    let clusters = stream.add("b")
    #expect(clusters.map(\.type) == [.cluster])
    #expect(stream.ack(clusters[0]).isEmpty)
    let nonce = "2"
    let endpoints = stream.subscribe(
      .endpoints, "a.default:80", "b.default:80", nonce: nonce)
    #expect(endpoints.map(\.type) == [.endpoints])
    #expect(stream.ack(endpoints[0]).map(\.type) == [.route])
    #expect(stream.state.deadline == nil)
  }

  @Test func routesDoNotWaitForever() throws {
    var stream = Stream("a")
    try stream.start()
    let clusters = stream.add("b")
    _ = stream.ack(clusters[0])
    let deadline = try #require(stream.state.deadline)
    #expect(stream.state.onDeadline(now: stream.now).isEmpty)
    #expect(stream.state.onDeadline(now: deadline).map(\.type) == [.route])
    #expect(stream.state.deadline == nil)
  }

  @Test func clustersThatAreGoneStayUntilTheRoutesAreAccepted() throws {
    var stream = Stream("a", "b")
    try stream.start()
    let routes = stream.remove("b")
    #expect(routes.map(\.type) == [.route])
    let clusters = stream.ack(routes[0])
    #expect(clusters.map(\.type) == [.cluster])
    #expect(clusters[0].resources.map(\.name) == ["a.default:80"])
  }

  @Test func aClusterThatIsReplacedComesBeforeAndGoesAfter() throws {
    var stream = Stream("a", "b")
    try stream.start()
    let first = stream.change { mesh in
      mesh[ObjectKey(.service, name: "b")] = nil
      let c = Service(name: "c", ports: [ServicePort(number: 80)])
      mesh[c.key] = .service(c)
    }
    #expect(first.map(\.type) == [.cluster])
    #expect(first[0].resources.map(\.name) == ["a.default:80", "b.default:80", "c.default:80"])
    _ = stream.ack(first[0])
    let endpoints = stream.subscribe(.endpoints, "a.default:80", "c.default:80", nonce: "2")
    let routes = stream.ack(endpoints[0])
    #expect(routes.map(\.type) == [.route])
    let last = stream.ack(routes[0])
    #expect(last.map(\.type) == [.cluster])
    #expect(last[0].resources.map(\.name) == ["a.default:80", "c.default:80"])
  }

  @Test func namesOnceGivenMakeAnEmptyListMeanNothing() {
    var stream = Stream("a", "b")
    let first = stream.subscribe(.cluster, "a.default:80")[0]
    #expect(first.resources.map(\.name) == ["a.default:80"])
    _ = stream.subscribe(.cluster, version: first.version, nonce: first.nonce)
    #expect(stream.status(.cluster)?.subscribed == [])
  }
}
