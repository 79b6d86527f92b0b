import MeshModel

extension Service {
  /// Reads `spec.ports` of a `Service`.
  static func decode(_ header: inout ManifestHeader) -> MeshObject? {
    guard var spec = header.fields.map("spec") else {
      header.fields.missing("spec", accepted: ["spec.ports"])
      return nil
    }
    if let type = spec.string("type"), !types.contains(type) {
      spec.fault("this type of Service is not supported", at: "type", accepted: types)
      return nil
    }
    let ports = spec.maps("ports").compactMap { reader in reader.flatMap(port) }
    if ports.isEmpty { spec.missing("ports", accepted: ["at least one port"]) }
    check(ports, spec)
    spec.finish(ignoring: ignoredFields)
    return .service(Service(namespace: header.namespace, name: header.name, ports: ports))
  }

  private static let types = ["ClusterIP", "NodePort", "LoadBalancer"]

  private static let ignoredFields = [
    "allocateLoadBalancerNodePorts", "clusterIP", "clusterIPs", "externalIPs",
    "externalTrafficPolicy", "healthCheckNodePort", "internalTrafficPolicy", "ipFamilies",
    "ipFamilyPolicy", "loadBalancerClass", "loadBalancerIP", "loadBalancerSourceRanges",
    "publishNotReadyAddresses", "selector", "sessionAffinity", "sessionAffinityConfig",
    "trafficDistribution",
  ]

  private static func port(_ reader: FieldReader) -> ServicePort? {
    var reader = reader
    let number = reader.integer("port", in: 1...65535)
    if number == nil { reader.missing("port", accepted: ["an integer from 1 to 65535"]) }
    if let transport = reader.string("protocol"), transport != "TCP" {
      reader.fault("this protocol is not supported", at: "protocol", accepted: ["TCP"])
    }
    if let target = reader.take("targetPort") { checkTarget(target, reader) }
    let name = reader.string("name")
    reader.finish(ignoring: ["appProtocol", "nodePort"])
    return number.map { ServicePort(name: name, number: UInt16($0)) }
  }

  /// `targetPort` is written for pod selectors: slices name the port that counts. It is checked only.
  private static func checkTarget(_ target: DocumentNode, _ reader: FieldReader) {
    switch target.value {
    case .integer(1...65535), .string: return
    default:
      reader.fault(
        "wrong value", at: "targetPort", accepted: ["an integer from 1 to 65535", "a port name"])
    }
  }

  private static func check(_ ports: [ServicePort], _ spec: FieldReader) {
    if ports.count > 1, ports.contains(where: { $0.name == nil }) {
      spec.fault("each of several ports needs a name", at: "ports")
    } else if Set(ports.map(\.name)).count < ports.count {
      spec.fault("two ports have the same name", at: "ports")
    }
    if Set(ports.map(\.number)).count < ports.count {
      spec.fault("two ports have the same number", at: "ports")
    }
  }
}
