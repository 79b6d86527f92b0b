import MeshModel

extension EndpointSlice {
  /// Reads an `EndpointSlice`, whose fields stand beside `metadata` rather than under `spec`.
  static func decode(
    _ header: inout ManifestHeader
  ) throws(MeshFault) -> (MeshObject, [FieldPath]) {
    guard let service = header.labels[serviceLabel] else {
      throw MeshFault(
        "the label that names the service is missing",
        path: header.metadataPath.appending("labels").appending(serviceLabel),
        line: header.metadataLine, accepted: ["the name of a Service in the same namespace"])
    }
    var ignored: [FieldPath] = []
    let family = try addressType(&header.fields)
    var endpoints: [Endpoint] = []
    for (node, path) in try header.fields.list("endpoints") {
      var reader = try FieldReader(node, path: path)
      endpoints.append(try endpoint(&reader, family))
      ignored += try reader.finish(
        ignoring: ["deprecatedTopology", "hints", "hostname", "nodeName", "targetRef"])
    }
    var ports: [EndpointPort] = []
    for (node, path) in try header.fields.list("ports") {
      var reader = try FieldReader(node, path: path)
      ports.append(try port(&reader))
      ignored += try reader.finish(ignoring: ["appProtocol"])
    }
    guard !ports.isEmpty else {
      throw header.fields.missing("ports", accepted: ["at least one port"])
    }
    ignored += try header.fields.finish()
    let slice = EndpointSlice(
      namespace: header.namespace, name: header.name, service: service, endpoints: endpoints,
      ports: ports)
    return (.endpointSlice(slice), ignored)
  }

  private static func addressType(
    _ fields: inout FieldReader
  ) throws(MeshFault) -> AddressFamily {
    let accepted = AddressFamily.allCases.map(\.rawValue)
    guard let text = try fields.string("addressType") else {
      throw fields.missing("addressType", accepted: accepted)
    }
    guard let family = AddressFamily(rawValue: text) else {
      throw fields.fault(
        "this address type is not supported", at: "addressType", accepted: accepted)
    }
    return family
  }

  private static func endpoint(
    _ reader: inout FieldReader, _ family: AddressFamily
  ) throws(MeshFault) -> Endpoint {
    var addresses: [String] = []
    for (node, path) in try reader.list("addresses") {
      guard case .string(let address) = node.value, family.holds(address) else {
        throw FieldReader.mismatch(node, path, accepted: "an \(family.rawValue) address")
      }
      addresses.append(address)
    }
    guard !addresses.isEmpty else {
      throw reader.missing("addresses", accepted: ["at least one address"])
    }
    var isReady = true
    if var conditions = try reader.map("conditions") {
      isReady = try conditions.bool("ready") ?? true
      _ = try conditions.bool("serving")
      if try conditions.bool("terminating") ?? false { isReady = false }
      _ = try conditions.finish()
    }
    return Endpoint(addresses: addresses, isReady: isReady, zone: try reader.string("zone"))
  }

  private static func port(_ reader: inout FieldReader) throws(MeshFault) -> EndpointPort {
    guard let number = try reader.integer("port", in: 1...65535) else {
      throw reader.missing("port", accepted: ["an integer from 1 to 65535"])
    }
    if let transport = try reader.string("protocol"), transport != "TCP" {
      throw reader.fault("this protocol is not supported", at: "protocol", accepted: ["TCP"])
    }
    let name = try reader.string("name")
    return EndpointPort(name: name == "" ? nil : name, number: UInt16(number))
  }
}
