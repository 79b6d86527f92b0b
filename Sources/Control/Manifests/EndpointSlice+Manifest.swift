import MeshModel

extension EndpointSlice {
  /// Reads an `EndpointSlice`, whose fields stand beside `metadata` rather than under `spec`.
  static func decode(_ header: inout ManifestHeader) -> MeshObject? {
    let service = header.labels[serviceLabel]
    if service == nil {
      header.report.fault(
        MeshFault(
          "the label that names the service is missing",
          path: header.metadataPath.appending("labels").appending(serviceLabel),
          line: header.metadataLine, accepted: ["the name of a Service in the same namespace"]))
    }
    let family = addressType(&header.fields)
    let endpoints = header.fields.maps("endpoints").compactMap { reader in
      reader.map { endpoint($0, family, header.report) }
    }
    let ports = header.fields.maps("ports").compactMap { reader in reader.flatMap(port) }
    if ports.isEmpty { header.fields.missing("ports", accepted: ["at least one port"]) }
    return service.map { service in
      .endpointSlice(
        EndpointSlice(
          namespace: header.namespace, name: header.name, service: service, endpoints: endpoints,
          ports: ports))
    }
  }

  private static func addressType(_ fields: inout FieldReader) -> AddressFamily? {
    let accepted = AddressFamily.allCases.map(\.rawValue)
    guard let text = fields.string("addressType") else {
      fields.missing("addressType", accepted: accepted)
      return nil
    }
    let family = AddressFamily(rawValue: text)
    if family == nil {
      fields.fault("this address type is not supported", at: "addressType", accepted: accepted)
    }
    return family
  }

  /// - Parameter family: nil when it could not be read; then no address can be told to be wrong.
  private static func endpoint(
    _ reader: FieldReader, _ family: AddressFamily?, _ report: DocumentReport
  ) -> Endpoint {
    var reader = reader
    var addresses: [String] = []
    for (node, path) in reader.list("addresses") {
      guard case .string(let address) = node.value, family?.holds(address) != false else {
        let accepted = family.map { "an \($0.rawValue) address" } ?? "an address"
        report.fault(FieldReader.mismatch(node, path, accepted: accepted))
        continue
      }
      addresses.append(address)
    }
    if addresses.isEmpty { reader.missing("addresses", accepted: ["at least one address"]) }
    var isReady = true
    if var conditions = reader.map("conditions") {
      isReady = conditions.bool("ready") ?? true
      _ = conditions.bool("serving")
      if conditions.bool("terminating") ?? false { isReady = false }
      conditions.finish()
    }
    let zone = reader.string("zone")
    reader.finish(
      ignoring: ["deprecatedTopology", "hints", "hostname", "nodeName", "targetRef"])
    return Endpoint(addresses: addresses, isReady: isReady, zone: zone)
  }

  private static func port(_ reader: FieldReader) -> EndpointPort? {
    var reader = reader
    let number = reader.integer("port", in: 1...65535)
    if number == nil { reader.missing("port", accepted: ["an integer from 1 to 65535"]) }
    if let transport = reader.string("protocol"), transport != "TCP" {
      reader.fault("this protocol is not supported", at: "protocol", accepted: ["TCP"])
    }
    let name = reader.string("name")
    reader.finish(ignoring: ["appProtocol"])
    return number.map { EndpointPort(name: name == "" ? nil : name, number: UInt16($0)) }
  }
}
