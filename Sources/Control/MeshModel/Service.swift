/// A Kubernetes `Service` (v1): a name that clients call, and its ports.
public struct Service: Hashable, Sendable {
  public var namespace: String
  public var name: String
  /// At least one; names are unique, and given when there is more than one.
  public var ports: [ServicePort]

  public init(namespace: String = ObjectKey.defaultNamespace, name: String, ports: [ServicePort]) {
    self.namespace = namespace
    self.name = name
    self.ports = ports
  }

  public var key: ObjectKey { ObjectKey(.service, namespace: namespace, name: name) }

  /// The port that stands for `port` of another service in a split: of the same number, else of
  /// the same name, else the only one.
  public func counterpart(of port: ServicePort) -> ServicePort? {
    ports.first { $0.number == port.number }
      ?? ports.first { $0.name != nil && $0.name == port.name }
      ?? (ports.count == 1 ? ports[0] : nil)
  }
}

/// One entry of `Service.spec.ports`.
public struct ServicePort: Hashable, Sendable {
  /// Nil when the manifest names none, which only a service of one port may do.
  public var name: String?
  /// The port clients call.
  public var number: UInt16

  public init(name: String? = nil, number: UInt16) {
    self.name = name
    self.number = number
  }
}
