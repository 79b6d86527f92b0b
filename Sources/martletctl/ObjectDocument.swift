import MeshModel

/// The parts of a manifest that tables show.
struct ObjectDocument: Decodable {
  struct Metadata: Decodable {
    var name: String
    var namespace: String
    var resourceVersion: String
    var labels: [String: String]?
  }

  struct Port: Decodable {
    var name: String?
    var port: Int
  }

  struct Address: Decodable {
    var addresses: [String]
  }

  struct Backend: Decodable {
    var service: String
    var weight: Weight
  }

  struct Spec: Decodable {
    var ports: [Port]?
    var service: String?
    var backends: [Backend]?
    var type: String?

    enum CodingKeys: String, CodingKey {
      case ports, service, backends
      case type = "@type"
    }
  }

  /// A weight as it was pushed: an integer, or a quantity.
  struct Weight: Decodable, CustomStringConvertible {
    var description: String

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if let integer = try? container.decode(Int.self) {
        description = "\(integer)"
      } else if let number = try? container.decode(Double.self) {
        description = "\(number)"
      } else {
        description = try container.decode(String.self)
      }
    }
  }

  var apiVersion: String
  var metadata: Metadata
  var spec: Spec?
  var endpoints: [Address]?
  var ports: [Port]?

  // MARK: Tables

  static func table(of documents: [ObjectDocument], kind: MeshKind) -> Table {
    var table = Table(header: ["NAMESPACE", "NAME"] + header(of: kind) + ["REVISION"])
    for document in documents {
      let metadata = document.metadata
      table.rows.append(
        [metadata.namespace, metadata.name] + document.cells(kind) + [metadata.resourceVersion])
    }
    return table
  }

  private static func header(of kind: MeshKind) -> [String] {
    switch kind {
    case .service: ["PORTS"]
    case .endpointSlice: ["SERVICE", "ENDPOINTS", "PORTS"]
    case .trafficSplit: ["SERVICE", "BACKENDS"]
    case .xdsResource: ["TYPE"]
    }
  }

  private func cells(_ kind: MeshKind) -> [String] {
    switch kind {
    case .service:
      return [Self.list(spec?.ports)]
    case .endpointSlice:
      let addresses = (endpoints ?? []).flatMap(\.addresses).joined(separator: ",")
      return [
        metadata.labels?[EndpointSlice.serviceLabel] ?? "", addresses, Self.list(ports),
      ]
    case .trafficSplit:
      let backends = (spec?.backends ?? []).map { "\($0.service)=\($0.weight)" }
      return [spec?.service ?? "", backends.joined(separator: " ")]
    case .xdsResource:
      let type = spec?.type ?? ""
      return [String(type.drop { $0 != "/" }.dropFirst())]
    }
  }

  private static func list(_ ports: [Port]?) -> String {
    (ports ?? []).map { port in
      port.name.map { "\($0):\(port.port)" } ?? "\(port.port)"
    }.joined(separator: ",")
  }
}

/// The answer to a list.
struct ObjectList: Decodable {
  var items: [ObjectDocument]
}
