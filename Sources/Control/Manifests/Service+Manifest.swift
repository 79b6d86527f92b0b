import MeshModel

extension Service {
  /// Reads `spec.ports` of a `Service`.
  static func decode(
    _ header: inout ManifestHeader
  ) throws(MeshFault) -> (MeshObject, [FieldPath]) {
    guard var spec = try header.fields.map("spec") else {
      throw header.fields.missing("spec", accepted: ["spec.ports"])
    }
    var ignored: [FieldPath] = []
    if let type = try spec.string("type"), !types.contains(type) {
      throw spec.fault("this type of Service is not supported", at: "type", accepted: types)
    }
    var ports: [ServicePort] = []
    for (node, path) in try spec.list("ports") {
      var reader = try FieldReader(node, path: path)
      ports.append(try port(&reader))
      ignored += try reader.finish(ignoring: ["appProtocol", "nodePort"])
    }
    guard !ports.isEmpty else { throw spec.missing("ports", accepted: ["at least one port"]) }
    try check(ports, spec)
    ignored += try spec.finish(ignoring: ignoredFields)
    ignored += try header.fields.finish()
    let service = Service(namespace: header.namespace, name: header.name, ports: ports)
    return (.service(service), ignored)
  }

  private static let types = ["ClusterIP", "NodePort", "LoadBalancer"]

  private static let ignoredFields = [
    "allocateLoadBalancerNodePorts", "clusterIP", "clusterIPs", "externalIPs",
    "externalTrafficPolicy", "healthCheckNodePort", "internalTrafficPolicy", "ipFamilies",
    "ipFamilyPolicy", "loadBalancerClass", "loadBalancerIP", "loadBalancerSourceRanges",
    "publishNotReadyAddresses", "selector", "sessionAffinity", "sessionAffinityConfig",
    "trafficDistribution",
  ]

  private static func port(_ reader: inout FieldReader) throws(MeshFault) -> ServicePort {
    guard let number = try reader.integer("port", in: 1...65535) else {
      throw reader.missing("port", accepted: ["an integer from 1 to 65535"])
    }
    if let transport = try reader.string("protocol"), transport != "TCP" {
      throw reader.fault("this protocol is not supported", at: "protocol", accepted: ["TCP"])
    }
    if let target = reader.take("targetPort") { try checkTarget(target, reader) }
    return ServicePort(name: try reader.string("name"), number: UInt16(number))
  }

  /// `targetPort` is written for pod selectors: slices name the port that counts. It is checked only.
  private static func checkTarget(
    _ target: DocumentNode, _ reader: FieldReader
  ) throws(MeshFault) {
    switch target.value {
    case .integer(1...65535), .string: return
    default:
      throw reader.fault(
        "wrong value", at: "targetPort", accepted: ["an integer from 1 to 65535", "a port name"])
    }
  }

  private static func check(_ ports: [ServicePort], _ spec: FieldReader) throws(MeshFault) {
    if ports.count > 1, ports.contains(where: { $0.name == nil }) {
      throw spec.fault("each of several ports needs a name", at: "ports")
    }
    guard Set(ports.map(\.number)).count == ports.count else {
      throw spec.fault("two ports have the same number", at: "ports")
    }
    guard Set(ports.map(\.name)).count == ports.count else {
      throw spec.fault("two ports have the same name", at: "ports")
    }
  }
}
