import Config
import GRPC
import Platform
import XDSTranslate

/// What the resources of a response came to, before they are used.
public struct DiscoveryOutcome<Value: Sendable>: Sendable {
  /// New or changed resources, to be used from now on.
  public var accepted: [AcceptedResource<Value>] = []
  /// Names that are gone.
  public var removed: [String] = []
  /// A line for each thing that is wrong.
  public var faults: [String] = []
  /// What accepted resources took the place of, by name.
  var replaced: [String: Subscription.Held] = [:]
}

/// What the control plane is told about a response.
public struct DiscoveryAnswer: Equatable, Sendable {
  /// What the NACK says; nil when everything was accepted.
  public var rejection: String?
  /// The answer, then the subscriptions it changed.
  public var requests: [DiscoveryRequest]
}

extension DiscoveryState {
  /// Longest text of a NACK, in bytes: it travels in one message and in a log line.
  private static let maxRejectionBytes = 16 << 10

  /// Judges each resource by itself: a good one is used though another is bad, a bad one leaves its
  /// last good version in use. Call where `reception` says to evaluate, then use what was accepted,
  /// then `answer`.
  /// - Parameters:
  ///   - translate: called for resources that are wanted and not held already.
  ///   - references: the names of the endpoint sets or route tables that a value needs.
  public mutating func onResponse<Value>(
    _ response: DiscoveryResponse, of type: ResourceType, translate: ([UInt8]) -> Translated<Value>,
    references: (Value) -> [String]
  ) -> DiscoveryOutcome<Value> {
    var outcome = DiscoveryOutcome<Value>()
    var named: Set<String> = []
    var allNamed = true
    for (index, resource) in response.resources.enumerated() {
      if let fault = fault(in: resource, at: index, of: type, named: &named) {
        outcome.faults.append(fault)
        if resource.name.isEmpty { allNamed = false }
        continue
      }
      guard isNews(resource, of: type) else { continue }
      let translated = translate(resource.bytes)
      guard let value = translated.value else {
        outcome.faults += translated.rejections.map(\.description)
        continue
      }
      outcome.replaced[resource.name] = subscriptions[type]!.held[resource.name]
      subscriptions[type]!.held[resource.name] = .init(
        version: response.versionInfo, bytes: resource.bytes, references: references(value))
      outcome.accepted.append(
        AcceptedResource(
          name: resource.name, version: response.versionInfo, value: value,
          findings: translated.findings))
    }
    if type.isWildcard, allNamed { outcome.removed = removeAbsent(named, of: type) }
    return outcome
  }

  /// The ACK or NACK, and requests for what is now named or no longer named.
  /// - Parameter refusals: what could not be used after all, such as a listener whose port is taken;
  ///   paths begin with the resource (`listeners[a].address`), which keeps its last version.
  public mutating func answer<Value>(
    _ response: DiscoveryResponse, of type: ResourceType, _ outcome: DiscoveryOutcome<Value>,
    refusals: [ConfigFinding], at now: WallInstant
  ) -> DiscoveryAnswer {
    for refusal in refusals {
      let place = refusal.path.drop { $0 != "[" }
      guard let refused = outcome.accepted.first(where: { place.hasPrefix("[\($0.name)]") })
      else { continue }
      subscriptions[type]!.held[refused.name]?.isRefused = true
      subscriptions[type]!.held[refused.name]?.standIn = outcome.replaced[refused.name]?.inUse
    }
    let faults = outcome.faults + refusals.map(\.description)
    let rejection = Self.text(of: faults, in: response, type)
    note(response, of: type, rejection: rejection, at: now)
    subscriptions[type]!.hasFaults = !outcome.faults.isEmpty
    let reply = request(
      type, names: wantedNames(of: type), errorDetail: rejection.map { Self.detail($0) })
    let requests = [reply] + owedSubscriptions()
    forgetUnwanted()
    return DiscoveryAnswer(rejection: rejection, requests: requests)
  }

  /// Refuses resources after they were accepted: the same bytes are news if they come again.
  /// - Returns: requests for what is no longer named.
  public mutating func refuse(
    _ type: ResourceType, _ refusals: [ConfigFinding]
  ) -> [DiscoveryRequest] {
    for refusal in refusals {
      let place = refusal.path.drop { $0 != "[" }
      for name in subscriptions[type]!.held.keys where place.hasPrefix("[\(name)]") {
        subscriptions[type]!.held[name]?.isRefused = true
      }
    }
    subscriptions[type]!.lastRejection =
      "\(type.shortName) version \(subscriptions[type]!.acceptedVersion), after it was accepted:\n"
      + refusals.map(\.description).joined(separator: "\n")
    subscriptions[type]!.counts.rejections += 1
    forgetUnwanted()
    return owedSubscriptions()
  }

  /// A refused resource is in use after all. When nothing else is wrong with the type's newest response,
  /// that response is accepted now.
  /// - Returns: the acceptance, and requests for what is no longer named.
  public mutating func recover(_ type: ResourceType, _ name: String) -> [DiscoveryRequest] {
    guard subscriptions[type]!.held[name]?.isRefused == true else { return [] }
    subscriptions[type]!.held[name]?.isRefused = false
    subscriptions[type]!.held[name]?.standIn = nil
    forgetUnwanted()
    let isWhole =
      !subscriptions[type]!.hasFaults && !subscriptions[type]!.held.values.contains { $0.isRefused }
    guard isWhole else { return owedSubscriptions() }
    subscriptions[type]!.lastRejection = nil
    guard !subscriptions[type]!.nonce.isEmpty else { return [] }
    subscriptions[type]!.acceptedVersion = subscriptions[type]!.seenVersion
    return [request(type, names: wantedNames(of: type))] + owedSubscriptions()
  }

  /// A NACK of the type's newest response, in the words of its last rejection.
  mutating func rejectionRequest(of type: ResourceType) -> DiscoveryRequest {
    let detail = subscriptions[type]!.lastRejection.map { Self.detail($0) }
    return request(type, names: wantedNames(of: type), errorDetail: detail)
  }

  private static func detail(_ text: String) -> DiscoveryRequest.ErrorDetail {
    .init(code: Int32(GRPCStatus.invalidArgument.rawValue), message: text)
  }

  public mutating func onDuplicate(of type: ResourceType) {
    subscriptions[type]!.counts.duplicates += 1
  }

  /// What is wrong with a resource before it is translated; notes its name.
  private func fault(
    in resource: DiscoveryResponse.Resource, at index: Int, of type: ResourceType,
    named: inout Set<String>
  ) -> String? {
    let place = "resources[\(index)]"
    guard !resource.name.isEmpty else {
      return "\(place): has no name, or is not a \(type.shortName) in protobuf's wire form"
    }
    guard named.insert(resource.name).inserted else {
      return "\(place): \(resource.name) stands in this response twice; the first was taken"
    }
    guard resource.typeURL == type.typeURL else {
      return "\(place): is a \(resource.typeURL); the response says \(type.typeURL)"
    }
    return nil
  }

  /// Asked for, and not in use already as it is.
  private func isNews(_ resource: DiscoveryResponse.Resource, of type: ResourceType) -> Bool {
    let subscription = subscriptions[type]!
    guard type.isWildcard || subscription.requestedNameSet.contains(resource.name)
    else { return false }
    guard let held = subscription.held[resource.name] else { return true }
    return held.isRefused || held.bytes != resource.bytes
  }

  private mutating func removeAbsent(_ present: Set<String>, of type: ResourceType) -> [String] {
    let removed = subscriptions[type]!.held.keys.filter { !present.contains($0) }.sorted()
    for name in removed { subscriptions[type]!.held[name] = nil }
    return removed
  }

  private mutating func note(
    _ response: DiscoveryResponse, of type: ResourceType, rejection: String?, at now: WallInstant
  ) {
    subscriptions[type]!.nonce = response.nonce
    subscriptions[type]!.seenVersion = response.versionInfo
    subscriptions[type]!.counts.attempts += 1
    subscriptions[type]!.lastRejection = rejection
    if rejection == nil {
      subscriptions[type]!.acceptedVersion = response.versionInfo
      subscriptions[type]!.counts.successes += 1
      subscriptions[type]!.lastUpdate = now
    } else {
      subscriptions[type]!.counts.rejections += 1
    }
  }

  /// Drops endpoint sets and route tables that nothing names any more: named again later, they are
  /// new.
  private mutating func forgetUnwanted() {
    for type in ResourceType.allCases where !type.isWildcard {
      let wanted = Set(wantedNames(of: type))
      for name in subscriptions[type]!.held.keys where !wanted.contains(name) {
        subscriptions[type]!.held[name] = nil
      }
    }
  }

  private static func text(
    of rejections: [String], in response: DiscoveryResponse, _ type: ResourceType
  ) -> String? {
    guard !rejections.isEmpty else { return nil }
    var text = "\(type.shortName) version \(response.versionInfo), usable resources were taken:"
    for (index, rejection) in rejections.enumerated() {
      if text.utf8.count + rejection.utf8.count > maxRejectionBytes {
        text += "\n\(rejections.count - index) more"
        break
      }
      text += "\n\(rejection)"
    }
    return text
  }
}
