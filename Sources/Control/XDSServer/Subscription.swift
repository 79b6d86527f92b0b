import MeshTranslate

/// What one proxy asked for of one type, and what it has been sent.
struct Subscription {
  enum Selection: Equatable {
    /// Everything there is; only clusters and listeners can be asked for so.
    case all
    case names(Set<String>)
  }

  struct Response {
    var nonce: String
    var version: String
    /// What it held.
    var names: Set<String>
    var sentAt: ContinuousClock.Instant
  }

  private(set) var selection: Selection
  /// Digests of what was sent, by name; the proxy may have refused some of it.
  private(set) var sent: [String: UInt64] = [:]
  /// The last response; nil when none was sent on this stream.
  private(set) var last: Response?
  /// Whether the last response has been neither accepted nor refused.
  private(set) var isInFlight = false
  private(set) var versionSent: String?
  private(set) var versionAcknowledged: String?
  /// The proxy's words when it last refused something that it is still to have.
  private(set) var nack: String?
  /// What was in refused responses, and has not been sent since. Which of it was meant is known to
  /// the proxy alone.
  private var refused: Set<String> = []
  private(set) var timeToAck: Duration?
  private(set) var revision: UInt64?
  private(set) var pushes = 0
  /// Whether something was asked for that has not been answered, which nothing is to delay.
  private(set) var isUrgent = true

  init(_ selection: Selection) {
    self.selection = selection
  }

  // MARK: Requests

  /// Reads the names of a request. None means everything, but only where names were never given.
  static func selection(
    _ names: [String], of type: ResourceType, after previous: Selection?
  ) -> Selection {
    let mayBeAll = type.isFullState && (previous == nil || previous == .all)
    if names.isEmpty, mayBeAll { return .all }
    if type.isFullState, names.contains("*") { return .all }
    return .names(Set(names))
  }

  /// Replaces what is asked for; what is no longer wanted counts as never sent.
  mutating func select(_ next: Selection) {
    guard next != selection else { return }
    selection = next
    guard case .names(let names) = next else {
      isUrgent = true
      return
    }
    keep { names.contains($0) }
    if names.contains(where: { sent[$0] == nil }) { isUrgent = true }
  }

  /// Forgets what the mesh no longer has, of a type whose responses cannot say that it is gone.
  mutating func drop(absentFrom available: [String: EncodedResource]) {
    keep { available[$0] != nil }
  }

  /// Lets everything else count as never sent, and so as never refused.
  private mutating func keep(_ isKept: (String) -> Bool) {
    sent = sent.filter { isKept($0.key) }
    let remaining = refused.filter(isKept)
    let isLess = remaining.count < refused.count || selection == .names([])
    refused = remaining
    if isLess { judgeAnew() }
  }

  /// Takes a refusal back when nothing is left of what was refused; else has the rest sent again,
  /// for the proxy to say whether it means that.
  private mutating func judgeAnew() {
    guard nack != nil else { return }
    guard refused.isEmpty else {
      for name in refused { sent[name] = nil }
      return
    }
    nack = nil
    versionSent = versionAcknowledged
  }

  /// Takes note that the proxy already has these resources, from an earlier stream.
  mutating func resume(_ resources: [String: EncodedResource], version: String) {
    sent = resources.mapValues(\.digest)
    versionSent = version
    versionAcknowledged = version
    isUrgent = false
  }

  /// Takes the proxy's answer to the last response.
  ///
  /// What was accepted may be refused after the fact, and a refusal be taken back once what was
  /// refused can be had: by a request that names the refused version. One that names an older
  /// version only asks for other resources.
  mutating func settle(accepted version: String, refusal: String?, now: ContinuousClock.Instant) {
    guard let last else { return }
    let isChangeOfMind = refusal != nil || (nack != nil && version == last.version)
    guard isInFlight || isChangeOfMind else { return }
    isInFlight = false
    timeToAck = now - last.sentAt
    if let refusal {
      nack = refusal
      let wanted = last.names.intersection(sent.keys)
      refused.formUnion(wanted)
      if wanted.count < last.names.count { judgeAnew() }
    } else {
      versionAcknowledged = last.version
      settled(last.names)
    }
  }

  /// Of these resources no refusal is left, or none is known yet.
  private mutating func settled(_ names: Set<String>) {
    refused.subtract(names)
    if refused.isEmpty { nack = nil }
  }

  // MARK: Responses

  /// What of `available` is asked for.
  func selected(of available: [String: EncodedResource]) -> [String: EncodedResource] {
    switch selection {
    case .all: available
    case .names(let names): available.filter { names.contains($0.key) }
    }
  }

  /// What a response would hold now, or nil when none is needed.
  ///
  /// Types that are sent whole are sent whole; of the others only what is new, and with anything
  /// that was refused all that was.
  func payload(_ available: [String: EncodedResource], of type: ResourceType) -> [EncodedResource]?
  {
    let selected = selected(of: available)
    let changed = selected.values.filter { sent[$0.name] != $0.digest }
    guard type.isFullState else {
      guard !changed.isEmpty else { return nil }
      guard changed.contains(where: { refused.contains($0.name) }) else { return changed }
      return selected.values.filter { sent[$0.name] != $0.digest || refused.contains($0.name) }
    }
    let isFirst = isUrgent && versionSent == nil
    return isFirst || !changed.isEmpty || sent.count != selected.count
      ? Array(selected.values) : nil
  }

  mutating func push(
    _ resources: [EncodedResource], _ response: Response, of type: ResourceType, revision: UInt64
  ) {
    if type.isFullState { (sent, refused) = ([:], []) }
    for resource in resources { sent[resource.name] = resource.digest }
    last = response
    isInFlight = true
    versionSent = response.version
    settled(response.names)
    timeToAck = nil
    self.revision = revision
    pushes += 1
    isUrgent = false
  }
}
