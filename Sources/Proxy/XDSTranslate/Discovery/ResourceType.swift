/// The kinds of resources that arrive over ADS, in the order in which they must be applied: clusters
/// before their endpoints, listeners before the routes they name.
public enum ResourceType: String, CaseIterable, Sendable {
  case cluster = "type.googleapis.com/envoy.config.cluster.v3.Cluster"
  case clusterLoadAssignment =
    "type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment"
  case listener = "type.googleapis.com/envoy.config.listener.v3.Listener"
  case routeConfiguration = "type.googleapis.com/envoy.config.route.v3.RouteConfiguration"

  public var typeURL: String { rawValue }

  public init?(typeURL: String) { self.init(rawValue: typeURL) }

  /// The full message name.
  var messageName: String { AnyType.name(of: rawValue) }

  /// How a path to such a resource begins.
  var pathRoot: String {
    switch self {
    case .cluster: "clusters"
    case .clusterLoadAssignment: "cluster_load_assignments"
    case .listener: "listeners"
    case .routeConfiguration: "route_configurations"
    }
  }

  /// A resource's name, which is field 1 of all four types; nil when the bytes are malformed.
  public func resourceName(in bytes: [UInt8]) -> String? {
    var reader = WireReader(bytes)
    var name = ""
    do throws(WireFault) {
      while !reader.isAtEnd {
        let (number, type) = try reader.readTag()
        if number == 1, type == .lengthDelimited {
          let range = try reader.readRange()
          guard let text = String(validating: bytes[range], as: UTF8.self) else { return nil }
          name = text
        } else {
          try reader.skip(type)
        }
      }
    } catch { return nil }
    return name
  }
}
