import Config

/// A resource that was taken from the control plane.
public struct AcceptedResource<Value: Sendable>: Sendable {
  public var name: String
  /// The `version_info` of the response it came in.
  public var version: String
  public var value: Value
  /// What in it has no effect here; no rejection among them.
  public var findings: [ConfigFinding]
}

/// What one response changes. A resource that came again byte for byte is not told again, so that a
/// large state of the world in which one thing changed costs as much as that one thing.
public enum ResourceUpdate: Sendable {
  case clusters(accepted: [AcceptedResource<ClusterConfig>], removed: [String])
  /// `EndpointSet.clusterName` is the name the endpoints were asked for: an EDS service name.
  case endpoints(accepted: [AcceptedResource<EndpointSet>])
  case listeners(accepted: [AcceptedResource<ListenerConfig>], removed: [String])
  case routes(accepted: [AcceptedResource<RouteConfigurationConfig>])
}

extension ClusterConfig {
  /// The endpoint sets it must be given over EDS.
  var endpointNames: [String] {
    if case .eds(let name) = discovery { [name] } else { [] }
  }
}
