/// The published versions of SMI's traffic split, by their `apiVersion`.
public enum SMIVersion: String, CaseIterable, Sendable {
  case v1alpha1 = "split.smi-spec.io/v1alpha1"
  case v1alpha2 = "split.smi-spec.io/v1alpha2"
  case v1alpha3 = "split.smi-spec.io/v1alpha3"
  case v1alpha4 = "split.smi-spec.io/v1alpha4"

  /// Whether weights are quantities (`500m`) rather than integers.
  public var weighsByQuantity: Bool { self == .v1alpha1 }

  /// Whether `spec.matches` exists in this version.
  public var hasMatches: Bool { self == .v1alpha3 || self == .v1alpha4 }
}

/// An SMI `TrafficSplit`: requests to one service, shared out to others by weight.
public struct TrafficSplit: Hashable, Sendable {
  public var namespace: String
  public var name: String
  /// The service clients call, in the same namespace.
  public var service: String
  public var backends: [TrafficSplitBackend]

  public init(
    namespace: String = ObjectKey.defaultNamespace, name: String, service: String,
    backends: [TrafficSplitBackend]
  ) {
    self.namespace = namespace
    self.name = name
    self.service = service
    self.backends = backends
  }

  public var key: ObjectKey { ObjectKey(.trafficSplit, namespace: namespace, name: name) }
}

/// One entry of `TrafficSplit.spec.backends`.
public struct TrafficSplitBackend: Hashable, Sendable {
  /// A service in the namespace of the split.
  public var service: String
  /// Share relative to the sum of all; thousandths when the manifest used quantities.
  public var weight: UInt32

  public init(service: String, weight: UInt32) {
    self.service = service
    self.weight = weight
  }
}
