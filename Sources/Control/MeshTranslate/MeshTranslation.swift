import MeshModel
import XDSProtos

/// Makes the xDS resources of a proxy from a mesh. Pure: equal input gives equal bytes.
public struct MeshTranslation: Sendable {
  public let options: TranslationOptions

  public init(options: TranslationOptions = TranslationOptions()) {
    self.options = options
  }

  /// Everything a proxy of this profile is to have.
  public func resources(
    of snapshot: MeshSnapshot, for profile: ProxyProfile
  ) -> ResourceSnapshot {
    let mesh = snapshot.mesh
    let endpoints = EndpointTranslation(mesh)
    var clusters = mesh.services.flatMap { ClusterTranslation.clusters(of: $0) }
    if let collector = options.collector {
      clusters.append(ClusterTranslation.cluster(of: collector))
    }
    if profile.role == .sidecar, let port = profile.appPort {
      clusters.append(ClusterTranslation.application(port: port))
    }
    let assignments = mesh.services.flatMap(endpoints.assignments)
    let listeners = ListenerTranslation(options: options, profile: profile).listeners()
    let route = RouteTranslation(mesh: mesh, namespace: profile.namespace).configuration()
    var resources: [ResourceType: [String: EncodedResource]] = [
      .cluster: Self.named(clusters.map { EncodedResource(name: $0.name, $0) }),
      .endpoints: Self.named(assignments.map { EncodedResource(name: $0.clusterName, $0) }),
      .listener: Self.named(listeners.map { EncodedResource(name: $0.name, $0) }),
      .route: [route.name: EncodedResource(name: route.name, route)],
    ]
    for resource in mesh.xdsResources
    where resource.selector.selects(node: profile.node, role: profile.role) {
      guard let raw = try? RawResource(resource) else { continue }
      resources[raw.type, default: [:]][raw.encoded.name] = raw.encoded
    }
    return ResourceSnapshot(revision: snapshot.revision, resources)
  }

  private static func named(_ resources: [EncodedResource]) -> [String: EncodedResource] {
    Dictionary(resources.map { ($0.name, $0) }) { _, last in last }
  }

  /// What is wrong with the raw xDS resources of a mesh: nothing, or the first `MeshFault.limit`
  /// faults.
  public static func faults(in mesh: Mesh) -> [MeshFault] {
    var faults: [MeshFault] = []
    var owners: [String: ObjectKey] = [:]
    for resource in mesh.xdsResources where faults.count < MeshFault.limit {
      do throws(RawResourceFaults) {
        try RawResource.check(resource)
        let raw = try RawResource(resource)
        let identity = "\(raw.type.abbreviation) \(raw.encoded.name)"
        if let owner = owners.updateValue(resource.key, forKey: identity) {
          faults.append(
            MeshFault(
              "\(owner) holds a resource of the same type and name",
              path: FieldPath([
                .field("spec"), .field(raw.type == .endpoints ? "cluster_name" : "name"),
              ]),
              found: "\"\(raw.encoded.name)\"", object: resource.key))
        }
      } catch {
        faults += error.faults
      }
    }
    return faults
  }
}
