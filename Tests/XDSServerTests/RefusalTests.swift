import Foundation
import MeshModel
import Testing
import XDSProtos

@testable import MeshTranslate
@testable import XDSServer

/// One proxy, and resources of one type whose content is a word.
private struct Resources {
  let type: ResourceType
  var words: [String: String]
  var state: StreamState
  var names: [String] = []
  let now = ContinuousClock.now

  /// - Parameter asked: none for everything.
  init(_ type: ResourceType, _ words: [String: String], asking asked: [String] = []) {
    self.type = type
    self.words = words
    names = asked
    state = StreamState(Self.snapshot(type, words))
  }

  static func snapshot(_ type: ResourceType, _ words: [String: String]) -> ResourceSnapshot {
    let resources = words.map { name, word in
      var cluster = Envoy_Config_Cluster_V3_Cluster()
      cluster.name = name
      cluster.altStatName = word
      return (name, EncodedResource(name: name, cluster))
    }
    return ResourceSnapshot(revision: 1, [type: Dictionary(uniqueKeysWithValues: resources)])
  }

  mutating func ask(_ names: [String]? = nil, nonce: String = "", version: String = "")
    -> [StreamState.Push]
  {
    self.names = names ?? self.names
    return state.onRequest(
      .init(type: type, version: version, names: self.names, nonce: nonce), now: now)
  }

  mutating func set(_ words: [String: String]) -> [StreamState.Push] {
    self.words = words
    return state.onSnapshot(Self.snapshot(type, words), now: now)
  }

  mutating func answer(_ push: StreamState.Push, refusal: String? = nil) -> [StreamState.Push] {
    state.onRequest(
      .init(
        type: type, version: push.version, names: names, nonce: push.nonce, refusal: refusal),
      now: now)
  }

  var status: ResourceTypeStatus { state.status[0] }
  var isInSync: Bool { status.nack == nil && status.versionSent == status.versionAcknowledged }
}

extension StreamState.Push {
  fileprivate var names: [String] { resources.map(\.name) }
}

/// How long a refusal stands.
@Suite struct RefusalTests {
  private static let named: [ResourceType] = [.endpoints, .route]

  /// `a` is accepted, and then a new `b` refused.
  private func refused(_ type: ResourceType) throws -> (Resources, last: StreamState.Push) {
    var proxy = Resources(type, ["a": "good", "b": "good"], asking: ["a", "b"])
    let first = try #require(proxy.ask().first)
    _ = proxy.answer(first)
    let bad = try #require(proxy.set(["a": "good", "b": "bad"]).first)
    try #require(bad.names == ["b"])
    #expect(proxy.answer(bad, refusal: "b is bad").isEmpty)
    #expect(proxy.status.nack == "b is bad")
    return (proxy, bad)
  }

  @Test(arguments: named)
  func endsWithWhatWasRefused(type: ResourceType) throws {
    var (proxy, last) = try refused(type)
    #expect(proxy.set(["a": "good"]).isEmpty)
    #expect(proxy.isInSync)
    #expect(proxy.status.resources == 1)
    #expect(proxy.answer(last, refusal: "b is bad").isEmpty)
    #expect(proxy.isInSync)
  }

  @Test(arguments: named)
  func endsWhenWhatWasRefusedIsNoLongerAskedFor(type: ResourceType) throws {
    var (proxy, last) = try refused(type)
    #expect(proxy.ask(["a"], nonce: last.nonce, version: "old").isEmpty)
    #expect(proxy.isInSync)
  }

  @Test(arguments: named)
  func comesAgainWithWhatWasRefused(type: ResourceType) throws {
    var (proxy, _) = try refused(type)
    _ = proxy.set(["a": "good"])
    let again = try #require(proxy.set(["a": "good", "b": "bad"]).first)
    #expect(again.names == ["b"])
    _ = proxy.answer(again, refusal: "b is still bad")
    #expect(proxy.status.nack == "b is still bad")
  }

  @Test(arguments: named)
  func isNotKeptWhenItComesAfterWhatItIsOfHasGone(type: ResourceType) throws {
    var proxy = Resources(type, ["a": "good"], asking: ["a", "b"])
    _ = proxy.answer(try #require(proxy.ask().first))
    let bad = try #require(proxy.set(["a": "good", "b": "bad"]).first)
    #expect(proxy.set(["a": "good"]).isEmpty)
    #expect(proxy.answer(bad, refusal: "b is bad").isEmpty)
    #expect(proxy.isInSync)
  }

  @Test(arguments: named)
  func ofSeveralIsJudgedAnewWhenOneOfThemGoes(type: ResourceType) throws {
    var proxy = Resources(type, ["a": "good", "b": "bad"], asking: ["a", "b"])
    let both = try #require(proxy.ask().first)
    _ = proxy.answer(both, refusal: "b is bad")
    let rest = try #require(proxy.set(["a": "good"]).first)
    #expect(rest.names == ["a"])
    #expect(proxy.answer(rest).isEmpty)
    #expect(proxy.isInSync)
  }

  @Test(arguments: named)
  func ofSeveralIsJudgedAnewWhenOneOfThemChanges(type: ResourceType) throws {
    var proxy = Resources(type, ["a": "good", "b": "bad"], asking: ["a", "b"])
    let both = try #require(proxy.ask().first)
    _ = proxy.answer(both, refusal: "b is bad")
    let next = try #require(proxy.set(["a": "good", "b": "better"]).first)
    #expect(next.names == ["a", "b"])
    _ = proxy.answer(next)
    #expect(proxy.isInSync)
  }

  @Test(arguments: named)
  func outlivesTheAcceptanceOfOtherResources(type: ResourceType) throws {
    var (proxy, _) = try refused(type)
    let other = try #require(proxy.set(["a": "better", "b": "bad"]).first)
    #expect(other.names == ["a"])
    #expect(proxy.answer(other).isEmpty)
    #expect(proxy.status.nack == "b is bad")
  }

  @Test(arguments: [ResourceType.cluster, .listener])
  func ofATypeThatIsSentWholeEndsWithTheNextAcceptance(type: ResourceType) throws {
    var proxy = Resources(type, ["a": "good", "b": "bad"])
    _ = proxy.answer(try #require(proxy.ask().first), refusal: "b is bad")
    let rest = try #require(proxy.set(["a": "good"]).last)
    #expect(rest.names == ["a"])
    _ = proxy.answer(rest)
    #expect(proxy.isInSync)
  }

  @Test(arguments: [ResourceType.cluster, .listener])
  func ofATypeThatIsSentWholeIsJudgedAnewWhenLessIsAskedFor(type: ResourceType) throws {
    var proxy = Resources(type, ["a": "good", "b": "bad"], asking: ["a", "b"])
    let both = try #require(proxy.ask().first)
    _ = proxy.answer(both, refusal: "b is bad")
    let rest = try #require(proxy.ask(["a"], nonce: both.nonce, version: "old").first)
    #expect(rest.names == ["a"])
    _ = proxy.answer(rest)
    #expect(proxy.isInSync)
  }

  @Test(arguments: ResourceType.allCases)
  func endsWhenNothingIsAskedFor(type: ResourceType) throws {
    var proxy = Resources(type, ["a": "bad"], asking: ["a"])
    let bad = try #require(proxy.ask().first)
    _ = proxy.answer(bad, refusal: "a is bad")
    #expect(proxy.ask([], nonce: bad.nonce).isEmpty)
    #expect(proxy.status.nack == nil)
    #expect(proxy.status.versionSent == nil)
  }
}
