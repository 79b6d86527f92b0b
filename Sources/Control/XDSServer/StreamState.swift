import MeshModel
import MeshTranslate

/// The state-of-the-world protocol with one proxy, as a value: no I/O, the clock is passed in.
///
/// A change goes out in the order clusters, endpoints, listeners, routes. Two rules keep a route
/// from ever leading nowhere: routes wait until the proxy has the endpoints of new clusters, and
/// clusters that are gone stay until the routes without them are accepted. Of each type one
/// response is in flight at most, so that a storm of changes becomes few responses, the newest last.
struct StreamState {
  /// A response to be written.
  struct Push {
    var type: ResourceType
    var version: String
    var nonce: String
    /// In the order of their names.
    var resources: [EncodedResource]
  }

  /// The parts of a `DiscoveryRequest` that matter here.
  struct Request {
    var type: ResourceType
    var version = ""
    var names: [String] = []
    var nonce = ""
    /// Set when the proxy refused the response with this nonce.
    var refusal: String?
  }

  /// Longest time that routes wait for the endpoints of new clusters to be asked for.
  static let patience: Duration = .seconds(2)

  private var snapshot: ResourceSnapshot
  private var subscriptions: [ResourceType: Subscription] = [:]
  private var lastNonce = 0
  /// Clusters the proxy has just been given, and whose endpoints it does not have yet.
  private var warming: Set<String> = []
  /// Clusters that are gone from the mesh, but may still be named by the proxy's routes.
  private var lingering: [String: EncodedResource] = [:]
  /// When the wait for warming clusters ends; nil while nothing waits.
  private(set) var deadline: ContinuousClock.Instant?

  init(_ snapshot: ResourceSnapshot) {
    self.snapshot = snapshot
  }

  // MARK: Inbound

  mutating func onRequest(_ request: Request, now: ContinuousClock.Instant) -> [Push] {
    if var subscription = subscriptions[request.type] {
      let isStale = !request.nonce.isEmpty && request.nonce != subscription.last?.nonce
      guard !isStale else { return [] }
      if !request.nonce.isEmpty {
        subscription.settle(accepted: request.version, refusal: request.refusal, now: now)
      }
      subscription.select(
        Subscription.selection(request.names, of: request.type, after: subscription.selection))
      subscriptions[request.type] = subscription
    } else {
      subscriptions[request.type] = opened(by: request)
    }
    return advance(now: now)
  }

  mutating func onSnapshot(_ next: ResourceSnapshot, now: ContinuousClock.Instant) -> [Push] {
    for (name, cluster) in snapshot[.cluster] where next[.cluster][name] == nil {
      if subscriptions[.cluster]?.sent[name] != nil { lingering[name] = cluster }
    }
    for name in next[.cluster].keys { lingering[name] = nil }
    snapshot = next
    for type in subscriptions.keys where !type.isFullState {
      subscriptions[type]?.drop(absentFrom: next[type])
    }
    return advance(now: now)
  }

  mutating func onDeadline(now: ContinuousClock.Instant) -> [Push] {
    guard let deadline, deadline <= now else { return [] }
    warming = []
    return advance(now: now)
  }

  private func opened(by request: Request) -> Subscription {
    let selection = Subscription.selection(request.names, of: request.type, after: nil)
    var subscription = Subscription(selection)
    let selected = subscription.selected(of: snapshot[request.type])
    let version = ResourceSnapshot.version(of: selected.values)
    if request.version == version { subscription.resume(selected, version: version) }
    return subscription
  }

  // MARK: Outbound

  /// Everything that can be pushed now.
  private mutating func advance(now: ContinuousClock.Instant) -> [Push] {
    warming = warming.filter(isCold)
    if warming.isEmpty { deadline = nil }
    var pushes = ResourceType.allCases.compactMap { push($0, now: now) }
    if !lingering.isEmpty, isSettled(.listener), isSettled(.route) {
      lingering = [:]
      if let removal = push(.cluster, now: now) { pushes.append(removal) }
    }
    return pushes
  }

  private mutating func push(_ type: ResourceType, now: ContinuousClock.Instant) -> Push? {
    guard var subscription = subscriptions[type], !subscription.isInFlight,
      let payload = subscription.payload(available(type), of: type)
    else { return nil }
    let leadsToClusters = type == .listener || type == .route
    if leadsToClusters, !subscription.isUrgent, !warming.isEmpty {
      deadline = deadline ?? now + Self.patience
      return nil
    }
    if type == .cluster {
      let added = payload.map(\.name).filter { subscription.sent[$0] == nil }
      if subscription.versionSent != nil { warming.formUnion(added.filter(isCold)) }
    }
    lastNonce += 1
    let push = Push(
      type: type,
      version: ResourceSnapshot.version(of: subscription.selected(of: available(type)).values),
      nonce: "\(lastNonce)", resources: payload.sorted { $0.name < $1.name })
    subscription.push(
      payload,
      Subscription.Response(
        nonce: push.nonce, version: push.version, names: Set(payload.map(\.name)), sentAt: now),
      of: type, revision: snapshot.revision)
    subscriptions[type] = subscription
    return push
  }

  private func available(_ type: ResourceType) -> [String: EncodedResource] {
    let current = snapshot[type]
    guard type == .cluster, !lingering.isEmpty else { return current }
    return current.merging(lingering) { current, _ in current }
  }

  /// Whether a cluster takes its endpoints from this stream, and the proxy has not taken them yet.
  private func isCold(_ cluster: String) -> Bool {
    guard snapshot[.endpoints][cluster] != nil else { return false }
    guard let endpoints = subscriptions[.endpoints], endpoints.sent[cluster] != nil else {
      return true
    }
    return endpoints.isInFlight
  }

  /// Whether a proxy has, and has answered, all there is of a type.
  private func isSettled(_ type: ResourceType) -> Bool {
    guard let subscription = subscriptions[type] else { return true }
    return !subscription.isInFlight
      && subscription.payload(available(type), of: type) == nil
  }

  // MARK: Queries

  var status: [ResourceTypeStatus] {
    ResourceType.allCases.compactMap { type in
      subscriptions[type].map { ResourceTypeStatus(type, $0) }
    }
  }
}

extension ResourceTypeStatus {
  init(_ type: ResourceType, _ subscription: Subscription) {
    self.init(type: type.abbreviation, typeURL: type.typeURL)
    if case .names(let names) = subscription.selection { subscribed = names.sorted() }
    resources = subscription.sent.count
    versionSent = subscription.versionSent
    versionAcknowledged = subscription.versionAcknowledged
    nack = subscription.nack
    revision = subscription.revision
    millisecondsToAck = subscription.timeToAck.map { $0 / .milliseconds(1) }
    pushes = subscription.pushes
  }
}
