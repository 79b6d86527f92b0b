/// One object of the mesh, of any kind.
public enum MeshObject: Hashable, Sendable {
  case service(Service)
  case endpointSlice(EndpointSlice)
  case trafficSplit(TrafficSplit)
  case xdsResource(XDSResource)

  public var key: ObjectKey {
    switch self {
    case .service(let service): service.key
    case .endpointSlice(let slice): slice.key
    case .trafficSplit(let split): split.key
    case .xdsResource(let resource): resource.key
    }
  }
}
