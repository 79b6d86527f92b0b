/// An xDS resource pushed as it is, for what manifests cannot say.
///
/// It takes the place of a generated resource of the same type and name.
public struct XDSResource: Hashable, Sendable {
  public var namespace: String
  /// The name of the manifest; the resource has its own name inside.
  public var name: String
  /// For example `type.googleapis.com/envoy.config.cluster.v3.Cluster`.
  public var typeURL: String
  /// The resource in proto3 JSON, `@type` included, keys sorted.
  public var json: String
  public var selector: ProxySelector

  public init(
    namespace: String = ObjectKey.defaultNamespace, name: String, typeURL: String, json: String,
    selector: ProxySelector = ProxySelector()
  ) {
    self.namespace = namespace
    self.name = name
    self.typeURL = typeURL
    self.json = json
    self.selector = selector
  }

  public var key: ObjectKey { ObjectKey(.xdsResource, namespace: namespace, name: name) }

  /// The types taken, by the message's full name.
  public static let messages = [
    "envoy.config.cluster.v3.Cluster",
    "envoy.config.endpoint.v3.ClusterLoadAssignment",
    "envoy.config.listener.v3.Listener",
    "envoy.config.route.v3.RouteConfiguration",
  ]
}

/// Which proxies a resource is for; an empty list does not restrict.
public struct ProxySelector: Hashable, Sendable {
  /// Node ids, from the annotation `martlet.dev/nodes`, separated by commas.
  public var nodes: [String]
  /// Roles, from the annotation `martlet.dev/roles`, separated by commas.
  public var roles: [ProxyRole]

  public init(nodes: [String] = [], roles: [ProxyRole] = []) {
    self.nodes = nodes
    self.roles = roles
  }

  public static let nodesAnnotation = "martlet.dev/nodes"
  public static let rolesAnnotation = "martlet.dev/roles"

  public func selects(node: String, role: ProxyRole) -> Bool {
    (nodes.isEmpty || nodes.contains(node)) && (roles.isEmpty || roles.contains(role))
  }
}

/// What a proxy is for, from its node metadata `role`.
public enum ProxyRole: String, CaseIterable, Codable, Sendable {
  case sidecar, ingress
}
