/// The configuration in use as one JSON object, laid out as Envoy's `/config_dump`
/// (`envoy.admin.v3.ConfigDump`): the bootstrap, then clusters, listeners, routes and endpoints with the
/// versions they came in. Owning thread only.
public struct ConfigDump {
  private struct Entry {
    var version: String
    /// The resource in protobuf's wire form.
    var bytes: [UInt8]
  }

  /// The bootstrap in protobuf's wire form.
  private let bootstrap: [UInt8]
  private var resources: [ResourceType: [String: Entry]] = [:]

  /// `bootstrapYAML`: the file the process started with.
  public init(bootstrapYAML: [UInt8]) {
    let descriptor = Schema.shared.declared(TypeName.bootstrap)
    guard let node = try? YAMLComposer.compose(bootstrapYAML),
      let message = NodeDecoder(report: Report()).decode(node, as: descriptor, .root)
    else {
      bootstrap = []
      return
    }
    bootstrap = MessageEncoder.encode(message)
  }

  /// Adds a resource that came over ADS.
  public mutating func set(_ type: ResourceType, name: String, version: String, bytes: [UInt8]) {
    resources[type, default: [:]][name] = Entry(version: version, bytes: bytes)
  }

  /// The dump as UTF-8. Decodes every resource: for an operator, not for a hot path.
  public func encode() -> [UInt8] {
    let message = try? MessageDecoder.decode(
      bootstrap, as: Schema.shared.declared(TypeName.bootstrap))
    let fixed = message?["static_resources"]?.message
    let sections = [
      section(
        "BootstrapConfigDump", [("bootstrap", message.map { JSONEncoder.encode($0) } ?? "{}")]),
      section(
        "ClustersConfigDump",
        [
          ("static_clusters", list(fixed?["clusters"]?.list) { "{\"cluster\":\($0)}" }),
          ("dynamic_active_clusters", dynamic(.cluster, "cluster")),
        ]),
      section(
        "ListenersConfigDump",
        [
          ("static_listeners", list(fixed?["listeners"]?.list) { "{\"listener\":\($0)}" }),
          ("dynamic_listeners", dynamicListeners),
        ]),
      section(
        "RoutesConfigDump",
        [("dynamic_route_configs", dynamic(.routeConfiguration, "route_config"))]),
      section(
        "EndpointsConfigDump",
        [("dynamic_endpoint_configs", dynamic(.clusterLoadAssignment, "endpoint_config"))]),
    ]
    return Array("{\"configs\":[\(sections.joined(separator: ","))]}".utf8)
  }

  private func section(_ type: String, _ fields: [(String, String)]) -> String {
    let rest = fields.map { ",\"\($0)\":\($1)" }.joined()
    return "{\"@type\":\"\(AnyType.prefix)envoy.admin.v3.\(type)\"\(rest)}"
  }

  private func list(_ values: [FieldValue]?, _ wrap: (String) -> String) -> String {
    let elements = (values ?? []).compactMap(\.message).map { wrap(JSONEncoder.encode($0)) }
    return "[\(elements.joined(separator: ","))]"
  }

  private func dynamic(_ type: ResourceType, _ field: String) -> String {
    let entries = sorted(type).map { _, version, json in
      "{\"version_info\":\(version),\"\(field)\":\(json)}"
    }
    return "[\(entries.joined(separator: ","))]"
  }

  private var dynamicListeners: String {
    let entries = sorted(.listener).map { name, version, json in
      "{\"name\":\(name),\"active_state\":{\"version_info\":\(version),\"listener\":\(json)}}"
    }
    return "[\(entries.joined(separator: ","))]"
  }

  /// Resources by name, each of the three parts as JSON.
  private func sorted(_ type: ResourceType) -> [(name: String, version: String, json: String)] {
    (resources[type] ?? [:]).sorted { $0.key < $1.key }.map { name, entry in
      let json = dumpResource(entry.bytes, typeURL: type.typeURL) ?? "null"
      return (JSONEncoder.quoted(name), JSONEncoder.quoted(entry.version), json)
    }
  }
}
