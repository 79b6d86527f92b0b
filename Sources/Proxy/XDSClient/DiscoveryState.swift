import Platform
import XDSTranslate

/// What is subscribed, held and owed on the ADS stream, state of the world. A value: it does no I/O;
/// the requests it gives are to be sent in order.
/// Source: xDS protocol, "Streaming gRPC subscriptions".
public struct DiscoveryState: Sendable {
  /// What is asked for when a stream opens.
  public struct Scope: Sendable {
    public var clusters: Bool
    public var listeners: Bool
    /// EDS names of clusters that the bootstrap holds.
    public var staticEndpointNames: [String]
    /// RDS names of listeners that the bootstrap holds.
    public var staticRouteNames: [String]

    public init(
      clusters: Bool = true, listeners: Bool = true, staticEndpointNames: [String] = [],
      staticRouteNames: [String] = []
    ) {
      self.clusters = clusters
      self.listeners = listeners
      self.staticEndpointNames = staticEndpointNames
      self.staticRouteNames = staticRouteNames
    }
  }

  /// What to make of a response before looking into its resources.
  public enum Reception: Equatable, Sendable {
    case evaluate(ResourceType)
    /// Answered before; leave it.
    case duplicate(ResourceType)
    /// Of a type that was not asked for; leave it.
    case unexpected
  }

  private let encodedNode: [UInt8]
  private let scope: Scope
  private var isNodeSent = false
  var subscriptions: [ResourceType: Subscription]

  public init(encodedNode: [UInt8], scope: Scope) {
    self.encodedNode = encodedNode
    self.scope = scope
    subscriptions = [:]
    for type in ResourceType.allCases {
      let staticNames =
        switch type {
        case .clusterLoadAssignment: scope.staticEndpointNames
        case .routeConfiguration: scope.staticRouteNames
        case .cluster, .listener: [String]()
        }
      subscriptions[type] = Subscription(
        type: type, isWildcard: type.isWildcard, staticNames: staticNames)
    }
  }

  // MARK: stream

  /// The first requests of a stream, clusters before endpoints before listeners before routes.
  public mutating func onStreamOpened() -> [DiscoveryRequest] {
    isNodeSent = false
    for type in ResourceType.allCases { subscriptions[type]!.onStreamClosed() }
    return owedSubscriptions()
  }

  /// Nonces belong to a stream; versions and resources outlive it.
  public mutating func onStreamClosed() {
    for type in ResourceType.allCases { subscriptions[type]!.onStreamClosed() }
  }

  // MARK: queries

  public func reception(of response: DiscoveryResponse) -> Reception {
    guard let type = ResourceType(typeURL: response.typeURL),
      let subscription = subscriptions[type], subscription.requestedNames != nil
    else { return .unexpected }
    return subscription.isDuplicate(response) ? .duplicate(type) : .evaluate(type)
  }

  public var status: [ResourceTypeStatus] {
    ResourceType.allCases.map { subscriptions[$0]!.status(names: wantedNames(of: $0)) }
  }

  /// Adds every resource in use.
  func addHeldResources(to dump: inout ConfigDump) {
    for (type, subscription) in subscriptions {
      for (name, held) in subscription.held {
        guard let inUse = held.inUse else { continue }
        dump.set(type, name: name, version: inUse.version, bytes: inUse.bytes)
      }
    }
  }

  /// The names of the endpoint sets or route tables that the clusters or listeners in use need,
  /// sorted; empty for a wildcard.
  func wantedNames(of type: ResourceType) -> [String] {
    guard let parent = type.namedBy else { return [] }
    var names = Set(subscriptions[type]!.staticNames)
    for held in subscriptions[parent]!.held.values {
      names.formUnion(held.references)
      if let standIn = held.standIn { names.formUnion(standIn.references) }
    }
    return names.sorted()
  }

  // MARK: requests

  /// Requests for every type whose names differ from what was last asked for on this stream.
  mutating func owedSubscriptions() -> [DiscoveryRequest] {
    var requests: [DiscoveryRequest] = []
    for type in ResourceType.allCases where isInScope(type) {
      let names = wantedNames(of: type)
      if subscriptions[type]!.needsRequest(names: names) {
        requests.append(request(type, names: names))
      }
    }
    return requests
  }

  /// A request in answer to the type's last response, or its first one.
  mutating func request(
    _ type: ResourceType, names: [String], errorDetail: DiscoveryRequest.ErrorDetail? = nil
  ) -> DiscoveryRequest {
    subscriptions[type]!.requestedNames = names
    defer { isNodeSent = true }
    return DiscoveryRequest(
      typeURL: type.typeURL, versionInfo: subscriptions[type]!.acceptedVersion,
      responseNonce: subscriptions[type]!.nonce, resourceNames: names,
      encodedNode: isNodeSent ? [] : encodedNode, errorDetail: errorDetail)
  }

  private func isInScope(_ type: ResourceType) -> Bool {
    switch type {
    case .cluster: scope.clusters
    case .listener: scope.listeners
    case .clusterLoadAssignment, .routeConfiguration: true
    }
  }
}

extension ResourceType {
  /// Subscribed to as a whole, not by name.
  var isWildcard: Bool { namedBy == nil }

  /// The type whose resources name those of this type.
  var namedBy: ResourceType? {
    switch self {
    case .cluster, .listener: nil
    case .clusterLoadAssignment: .cluster
    case .routeConfiguration: .listener
    }
  }

  /// The message's own name: `Cluster`.
  var shortName: String { String(typeURL.split(separator: ".").last ?? "") }
}
