extension Mesh {
  /// What is wrong between objects, each of which is well formed by itself: nothing, or the first
  /// `MeshFault.limit` faults.
  public func faults() -> [MeshFault] {
    var faults: [MeshFault] = []
    var splitOfService: [ObjectKey: TrafficSplit] = [:]
    for split in trafficSplits where faults.count < MeshFault.limit {
      let root = ObjectKey(.service, namespace: split.namespace, name: split.service)
      if let other = splitOfService.updateValue(split, forKey: root) {
        faults.append(
          MeshFault(
            "another TrafficSplit already shares out this service; found \(other.key)",
            path: Self.servicePath, found: "\"\(split.service)\"", object: split.key))
      }
      faults += self.faults(of: split)
    }
    return Array(faults.prefix(MeshFault.limit))
  }

  private static let specPath = FieldPath([.field("spec")])
  private static let servicePath = specPath.appending("service")

  private func faults(of split: TrafficSplit) -> [MeshFault] {
    guard let root = service(split.service, in: split.namespace) else {
      return [missing(split.service, at: Self.servicePath, in: split)]
    }
    var faults: [MeshFault] = []
    for (index, backend) in split.backends.enumerated() {
      let path = Self.specPath.appending("backends").appending(index).appending("service")
      guard let service = service(backend.service, in: split.namespace) else {
        faults.append(missing(backend.service, at: path, in: split))
        continue
      }
      for port in root.ports where service.counterpart(of: port) == nil {
        faults.append(
          MeshFault(
            "\(service.key) has no port that stands for port \(port.number) of \(root.key)",
            path: path, found: service.ports.map { "\($0.number)" }.joined(separator: ", "),
            accepted: ["a port of the same number", "a port of the same name", "a single port"],
            object: split.key))
      }
    }
    return faults
  }

  private func missing(_ name: String, at path: FieldPath, in split: TrafficSplit) -> MeshFault {
    let near = nearestHint(to: name, in: serviceNames(in: split.namespace))
    return MeshFault(
      "no Service of this name in namespace \(split.namespace)\(near)", path: path,
      found: "\"\(name)\"", object: split.key)
  }
}
