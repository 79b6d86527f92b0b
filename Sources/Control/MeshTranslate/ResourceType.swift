import MeshModel

/// The types of resource the control plane serves, in the order a change is pushed: a cluster is
/// there before its endpoints, and both before the listeners and routes that lead to them.
public enum ResourceType: Int, CaseIterable, Comparable, Sendable {
  case cluster, endpoints, listener, route

  public init?(typeURL: String) {
    guard let type = Self.allCases.first(where: { $0.typeURL == typeURL }) else { return nil }
    self = type
  }

  public var typeURL: String {
    switch self {
    case .cluster: Self.prefix + "envoy.config.cluster.v3.Cluster"
    case .endpoints: Self.prefix + "envoy.config.endpoint.v3.ClusterLoadAssignment"
    case .listener: Self.prefix + "envoy.config.listener.v3.Listener"
    case .route: Self.prefix + "envoy.config.route.v3.RouteConfiguration"
    }
  }

  /// The discovery service's short name, as operators know it.
  public var abbreviation: String {
    switch self {
    case .cluster: "CDS"
    case .endpoints: "EDS"
    case .listener: "LDS"
    case .route: "RDS"
    }
  }

  /// Whether a response has to hold everything, because what is absent from it is removed.
  public var isFullState: Bool { self == .cluster || self == .listener }

  public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }

  private static let prefix = "type.googleapis.com/"
}
