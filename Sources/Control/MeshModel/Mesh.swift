/// Everything the operator has declared, at one revision.
public struct Mesh: Hashable, Sendable {
  private var objects: [ObjectKey: MeshObject] = [:]

  public init(_ objects: [MeshObject] = []) {
    for object in objects { self.objects[object.key] = object }
  }

  public subscript(key: ObjectKey) -> MeshObject? {
    get { objects[key] }
    set { objects[key] = newValue }
  }

  public func service(_ name: String, in namespace: String) -> Service? {
    guard
      case .service(let service) = objects[ObjectKey(.service, namespace: namespace, name: name)]
    else { return nil }
    return service
  }

  /// The names of the services of a namespace, in no order.
  func serviceNames(in namespace: String) -> [String] {
    objects.keys.compactMap { $0.kind == .service && $0.namespace == namespace ? $0.name : nil }
  }

  /// All services in the order of their keys, so that what is made of them is stable.
  public var services: [Service] {
    sorted { if case .service(let service) = $0 { service } else { nil } }
  }

  public var endpointSlices: [EndpointSlice] {
    sorted { if case .endpointSlice(let slice) = $0 { slice } else { nil } }
  }

  public var trafficSplits: [TrafficSplit] {
    sorted { if case .trafficSplit(let split) = $0 { split } else { nil } }
  }

  public var xdsResources: [XDSResource] {
    sorted { if case .xdsResource(let resource) = $0 { resource } else { nil } }
  }

  /// How many objects of each kind there are.
  public var counts: [MeshKind: Int] {
    objects.keys.reduce(into: [:]) { $0[$1.kind, default: 0] += 1 }
  }

  private func sorted<Object>(_ select: (MeshObject) -> Object?) -> [Object] {
    objects.compactMap { key, object in select(object).map { (key: key, value: $0) } }
      .sorted { $0.key < $1.key }.map(\.value)
  }
}

/// A mesh and the revision it was stored as. Revisions only rise; 0 is the empty store.
public struct MeshSnapshot: Sendable {
  public var revision: UInt64
  public var mesh: Mesh

  public init(revision: UInt64, mesh: Mesh) {
    self.revision = revision
    self.mesh = mesh
  }
}
