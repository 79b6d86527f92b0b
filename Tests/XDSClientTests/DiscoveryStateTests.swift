import Config
import Platform
import Testing
import XDSTranslate

@testable import XDSClient

/// The protocol's rules on the state alone. A resource's bytes are its value: `bad` is rejected, and
/// `x>a,b` needs a and b.
struct DiscoveryStateTests {
  private var state = DiscoveryState(encodedNode: [1, 2, 3], scope: .init())
  private let cluster = ResourceType.cluster
  private let endpoints = ResourceType.clusterLoadAssignment
  private let listener = ResourceType.listener
  private let routes = ResourceType.routeConfiguration

  private struct Result {
    var accepted: [String]
    var removed: [String]
    var answer: DiscoveryAnswer
  }

  /// A response of resources given as name and content.
  private mutating func receive(
    _ type: ResourceType, _ resources: KeyValuePairs<String, String>, version: String,
    nonce: String, refusals: [ConfigFinding] = []
  ) -> Result {
    let response = DiscoveryResponse(
      typeURL: type.typeURL, versionInfo: version, nonce: nonce,
      resources: resources.map {
        .init(typeURL: type.typeURL, name: $0.key, bytes: Array($0.value.utf8))
      })
    return receive(response, type, refusals)
  }

  private mutating func receive(
    _ response: DiscoveryResponse, _ type: ResourceType, _ refusals: [ConfigFinding] = []
  ) -> Result {
    #expect(state.reception(of: response) == .evaluate(type))
    let outcome = state.onResponse(response, of: type, translate: Self.translate) { value in
      value.split(separator: ">").dropFirst().flatMap { $0.split(separator: ",").map(String.init) }
    }
    let answer = state.answer(
      response, of: type, outcome, refusals: refusals, at: WallInstant(nanoseconds: 9))
    return Result(
      accepted: outcome.accepted.map(\.name), removed: outcome.removed, answer: answer)
  }

  private static func translate(_ bytes: [UInt8]) -> Translated<String> {
    let text = String(decoding: bytes, as: UTF8.self)
    guard text.hasPrefix("bad") else { return Translated(value: text, findings: []) }
    let finding = ConfigFinding(.rejected, path: "things[\(text)].field", text: "no good")
    return Translated(value: nil, findings: [finding])
  }

  // MARK: opening

  @Test mutating func asksForClustersThenListenersAndNamesTheNodeOnce() {
    let requests = state.onStreamOpened()
    #expect(requests.map(\.typeURL) == [cluster.typeURL, listener.typeURL])
    #expect(requests.map(\.encodedNode) == [[1, 2, 3], []])
    #expect(requests.allSatisfy { $0.versionInfo.isEmpty && $0.responseNonce.isEmpty })
  }

  @Test mutating func asksForWhatTheBootstrapNames() {
    state = DiscoveryState(
      encodedNode: [],
      scope: .init(
        clusters: false, listeners: false, staticEndpointNames: ["b", "a"],
        staticRouteNames: ["r"]))
    let requests = state.onStreamOpened()
    #expect(requests.map(\.typeURL) == [endpoints.typeURL, routes.typeURL])
    #expect(requests.map(\.resourceNames) == [["a", "b"], ["r"]])
  }

  @Test mutating func resumesInOrderWithVersionsAndWithoutNonces() {
    _ = state.onStreamOpened()
    _ = receive(cluster, ["c": "c>e"], version: "c1", nonce: "n1")
    _ = receive(endpoints, ["e": "e"], version: "e1", nonce: "n2")
    _ = receive(listener, ["l": "l>r"], version: "l1", nonce: "n3")
    _ = receive(routes, ["r": "r"], version: "r1", nonce: "n4")
    state.onStreamClosed()
    let requests = state.onStreamOpened()
    #expect(requests.map(\.typeURL) == [cluster, endpoints, listener, routes].map(\.typeURL))
    #expect(requests.map(\.versionInfo) == ["c1", "e1", "l1", "r1"])
    #expect(requests.allSatisfy { $0.responseNonce.isEmpty })
    #expect(requests.map(\.encodedNode) == [[1, 2, 3], [], [], []])
  }

  // MARK: answering

  @Test mutating func acknowledgesWithTheVersionAndNonceItAccepted() {
    _ = state.onStreamOpened()
    let result = receive(cluster, ["c": "c"], version: "7", nonce: "n")
    #expect(result.accepted == ["c"])
    #expect(result.answer.rejection == nil)
    #expect(
      result.answer.requests == [
        DiscoveryRequest(typeURL: cluster.typeURL, versionInfo: "7", responseNonce: "n")
      ])
  }

  @Test mutating func refusesWithTheOldVersionAndEveryBadResource() throws {
    _ = state.onStreamOpened()
    _ = receive(cluster, ["a": "a", "b": "b"], version: "1", nonce: "n1")
    let result = receive(
      cluster, ["a": "a2", "b": "bad-b", "c": "bad-c", "d": "d"], version: "2", nonce: "n2")
    #expect(result.accepted == ["a", "d"])
    #expect(result.removed.isEmpty)
    let nack = try #require(result.answer.requests.first)
    #expect(nack.versionInfo == "1")
    #expect(nack.responseNonce == "n2")
    #expect(nack.errorDetail?.code == 3)
    let text = try #require(nack.errorDetail?.message)
    #expect(text.contains("things[bad-b].field: no good"))
    #expect(text.contains("things[bad-c].field: no good"))
    #expect(state.status[0].lastRejection == text)
  }

  @Test mutating func acceptsAnewOnceTheFaultIsMended() {
    _ = state.onStreamOpened()
    _ = receive(cluster, ["a": "bad"], version: "1", nonce: "n1")
    #expect(state.status[0].acceptedVersion == "")
    let result = receive(cluster, ["a": "a"], version: "2", nonce: "n2")
    #expect(result.accepted == ["a"])
    #expect(state.status[0].acceptedVersion == "2")
    #expect(state.status[0].lastRejection == nil)
    #expect(state.status[0].counts == .init(attempts: 2, successes: 1, rejections: 1))
  }

  @Test mutating func refusesWhatCouldNotBeUsedAndTakesItAgainLater() {
    _ = state.onStreamOpened()
    _ = receive(listener, ["l": "l>r1"], version: "1", nonce: "n1")
    let taken = ConfigFinding(.rejected, path: "listeners[l].address", text: "port taken")
    let result = receive(
      listener, ["l": "l2>r2"], version: "2", nonce: "n2", refusals: [taken])
    #expect(result.answer.rejection?.contains("listeners[l].address: port taken") == true)
    #expect(result.answer.requests.first?.versionInfo == "1")
    #expect(state.wantedNames(of: routes) == ["r1", "r2"], "the one in use, and what it waits for")
    let again = receive(listener, ["l": "l2>r2"], version: "3", nonce: "n3")
    #expect(again.accepted == ["l"])
    #expect(state.wantedNames(of: routes) == ["r2"])
  }

  @Test mutating func acceptsAResponseOnceWhatItRefusedIsInUseAfterAll() {
    _ = state.onStreamOpened()
    _ = receive(listener, ["l": "l>r1"], version: "1", nonce: "n1")
    let taken = ["l", "m"].map {
      ConfigFinding(.rejected, path: "listeners[\($0)].address", text: "port taken")
    }
    _ = receive(listener, ["l": "l2>r2", "m": "m>r3"], version: "2", nonce: "n2", refusals: taken)
    #expect(state.status[2].resourceCount == 1)
    #expect(state.recover(listener, "m").isEmpty, "the other one is still refused")
    #expect(state.status[2].lastRejection != nil)
    let requests = state.recover(listener, "l")
    #expect(requests.first?.typeURL == listener.typeURL)
    #expect(requests.first?.versionInfo == "2")
    #expect(requests.first?.responseNonce == "n2")
    #expect(requests.first?.errorDetail == nil)
    #expect(requests.dropFirst().map(\.resourceNames) == [["r2", "r3"]])
    #expect(state.status[2].lastRejection == nil)
    #expect(state.status[2].resourceCount == 2)
    #expect(state.recover(listener, "l").isEmpty, "it is not refused")
  }

  @Test mutating func aFaultOutlivesTheRecoveryOfWhatStandsBesideIt() {
    _ = state.onStreamOpened()
    let taken = ConfigFinding(.rejected, path: "listeners[l].address", text: "port taken")
    _ = receive(listener, ["l": "l", "b": "bad"], version: "1", nonce: "n1", refusals: [taken])
    #expect(state.recover(listener, "l").isEmpty)
    #expect(state.status[2].lastRejection?.contains("no good") == true)
    #expect(state.status[2].acceptedVersion == "")
  }

  @Test mutating func aRefusedResourceThatIsTakenAwayIsGone() {
    _ = state.onStreamOpened()
    let taken = ConfigFinding(.rejected, path: "listeners[l].address", text: "port taken")
    _ = receive(listener, ["l": "l"], version: "1", nonce: "n1", refusals: [taken])
    #expect(receive(listener, [:], version: "2", nonce: "n2").removed == ["l"])
    #expect(state.recover(listener, "l").isEmpty)
  }

  @Test mutating func boundsTheTextOfARefusal() throws {
    _ = state.onStreamOpened()
    let response = DiscoveryResponse(
      typeURL: cluster.typeURL, versionInfo: "1", nonce: "n",
      resources: (0..<5_000).map {
        .init(typeURL: cluster.typeURL, name: "c\($0)", bytes: Array("bad\($0)".utf8))
      })
    let text = try #require(receive(response, cluster).answer.rejection)
    #expect(text.utf8.count < 17 << 10)
    #expect(text.hasSuffix(" more"))
  }

  @Test mutating func leavesADuplicateAlone() {
    _ = state.onStreamOpened()
    _ = receive(cluster, [:], version: "1", nonce: "n1")
    var again = DiscoveryResponse(
      typeURL: cluster.typeURL, versionInfo: "1", nonce: "n1", resources: [])
    #expect(state.reception(of: again) == .duplicate(cluster))
    again.nonce = "n2"
    #expect(state.reception(of: again) == .evaluate(cluster))
    state.onStreamClosed()
    _ = state.onStreamOpened()
    again.nonce = "n1"
    #expect(state.reception(of: again) == .evaluate(cluster))
  }

  @Test mutating func leavesAloneWhatItDidNotAskFor() {
    _ = state.onStreamOpened()
    var response = DiscoveryResponse(
      typeURL: routes.typeURL, versionInfo: "1", nonce: "n", resources: [])
    #expect(state.reception(of: response) == .unexpected)
    response.typeURL = "type.googleapis.com/some.Other"
    #expect(state.reception(of: response) == .unexpected)
  }

  // MARK: names

  @Test mutating func asksForNewNamesAfterTheAcknowledgement() {
    _ = state.onStreamOpened()
    let first = receive(cluster, ["a": "a>x", "b": "b>y"], version: "1", nonce: "n1")
    #expect(first.answer.requests.map(\.typeURL) == [cluster.typeURL, endpoints.typeURL])
    #expect(first.answer.requests[1].resourceNames == ["x", "y"])
    #expect(first.answer.requests[1].responseNonce == "")
    _ = receive(endpoints, ["x": "x", "y": "y"], version: "e1", nonce: "n2")
    let second = receive(cluster, ["a": "a>x", "c": "c>z"], version: "2", nonce: "n3")
    #expect(second.removed == ["b"])
    #expect(
      second.answer.requests[1]
        == DiscoveryRequest(
          typeURL: endpoints.typeURL, versionInfo: "e1", responseNonce: "n2",
          resourceNames: ["x", "z"]))
    let third = receive(cluster, ["a": "a>x", "c": "c>z"], version: "3", nonce: "n4")
    #expect(third.answer.requests.count == 1)
  }

  @Test mutating func keepsAskingForWhatARefusedResourceNeeds() {
    _ = state.onStreamOpened()
    _ = receive(cluster, ["a": "a>x"], version: "1", nonce: "n1")
    let result = receive(cluster, ["a": "bad"], version: "2", nonce: "n2")
    #expect(result.answer.requests.count == 1)
    #expect(state.wantedNames(of: endpoints) == ["x"])
  }

  @Test mutating func absenceRemovesClustersAndListenersOnly() {
    _ = state.onStreamOpened()
    _ = receive(cluster, ["a": "a>x,y"], version: "1", nonce: "n1")
    _ = receive(endpoints, ["x": "x", "y": "y"], version: "1", nonce: "n2")
    let partial = receive(endpoints, ["y": "y2"], version: "2", nonce: "n3")
    #expect(partial.accepted == ["y"])
    #expect(partial.removed.isEmpty)
    #expect(state.status[1].resourceCount == 2)
    #expect(receive(cluster, [:], version: "2", nonce: "n4").removed == ["a"])
    #expect(state.status[1].resourceCount == 0)
  }

  @Test mutating func anUnreadableResourceProvesNoAbsence() {
    _ = state.onStreamOpened()
    _ = receive(cluster, ["a": "a", "b": "b"], version: "1", nonce: "n1")
    let result = receive(cluster, ["a": "a", "": "?"], version: "2", nonce: "n2")
    #expect(result.removed.isEmpty)
    #expect(result.answer.rejection?.contains("resources[1]: has no name") == true)
    #expect(state.status[0].resourceCount == 2)
  }

  @Test mutating func tellsOnlyWhatIsNew() {
    _ = state.onStreamOpened()
    _ = receive(cluster, ["a": "a", "b": "b"], version: "1", nonce: "n1")
    #expect(receive(cluster, ["a": "a", "b": "b2"], version: "2", nonce: "n2").accepted == ["b"])
  }

  @Test mutating func isToldAnewWhatWasForgottenMeanwhile() {
    _ = state.onStreamOpened()
    _ = receive(cluster, ["a": "a>x"], version: "1", nonce: "n1")
    _ = receive(endpoints, ["x": "x"], version: "1", nonce: "n2")
    _ = receive(cluster, [:], version: "2", nonce: "n3")
    _ = receive(cluster, ["a": "a>x"], version: "3", nonce: "n4")
    #expect(receive(endpoints, ["x": "x"], version: "1", nonce: "n5").accepted == ["x"])
  }

  @Test mutating func passesOverResourcesNobodyNamed() {
    _ = state.onStreamOpened()
    _ = receive(cluster, ["a": "a>x"], version: "1", nonce: "n1")
    let result = receive(endpoints, ["x": "x", "q": "bad"], version: "1", nonce: "n2")
    #expect(result.accepted == ["x"])
    #expect(result.answer.rejection == nil)
  }

  @Test mutating func refusesTheSecondOfTwoWithOneNameAndForeignTypes() throws {
    _ = state.onStreamOpened()
    var response = DiscoveryResponse(
      typeURL: cluster.typeURL, versionInfo: "1", nonce: "n1",
      resources: [
        .init(typeURL: cluster.typeURL, name: "a", bytes: [1]),
        .init(typeURL: cluster.typeURL, name: "a", bytes: [2]),
        .init(typeURL: routes.typeURL, name: "r", bytes: [3]),
      ])
    let result = receive(response, cluster)
    #expect(result.accepted == ["a"])
    let text = try #require(result.answer.rejection)
    #expect(text.contains("resources[1]: a stands in this response twice"))
    #expect(text.contains("resources[2]: is a \(routes.typeURL)"))
    response.resources = []
    response.nonce = "n2"
    #expect(receive(response, cluster).removed == ["a"])
  }
}
