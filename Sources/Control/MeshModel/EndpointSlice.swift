/// A Kubernetes `EndpointSlice` (discovery.k8s.io/v1): addresses that serve one service.
public struct EndpointSlice: Hashable, Sendable {
  public var namespace: String
  public var name: String
  /// The service served, from the label `kubernetes.io/service-name`.
  public var service: String
  public var endpoints: [Endpoint]
  public var ports: [EndpointPort]

  public init(
    namespace: String = ObjectKey.defaultNamespace, name: String, service: String,
    endpoints: [Endpoint], ports: [EndpointPort]
  ) {
    self.namespace = namespace
    self.name = name
    self.service = service
    self.endpoints = endpoints
    self.ports = ports
  }

  /// The label that ties a slice to its service.
  public static let serviceLabel = "kubernetes.io/service-name"

  public var key: ObjectKey { ObjectKey(.endpointSlice, namespace: namespace, name: name) }

  /// The port number that serves `port` of a service, or nil when this slice does not.
  ///
  /// Ports are matched by name, as Kubernetes does; where both sides have a single port, the
  /// names need not agree.
  public func number(for port: ServicePort, of service: Service) -> UInt16? {
    if service.ports.count == 1, ports.count == 1 { return ports[0].number }
    return ports.first { $0.name == port.name }?.number
  }
}

/// One entry of `EndpointSlice.endpoints`.
public struct Endpoint: Hashable, Sendable {
  /// IPv4 or IPv6 addresses that are one and the same peer.
  public var addresses: [String]
  /// False when the peer is to get no new requests: not ready, or terminating.
  public var isReady: Bool
  public var zone: String?

  public init(addresses: [String], isReady: Bool = true, zone: String? = nil) {
    self.addresses = addresses
    self.isReady = isReady
    self.zone = zone
  }
}

/// One entry of `EndpointSlice.ports`.
public struct EndpointPort: Hashable, Sendable {
  public var name: String?
  public var number: UInt16

  public init(name: String? = nil, number: UInt16) {
    self.name = name
    self.number = number
  }
}
