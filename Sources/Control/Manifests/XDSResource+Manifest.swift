import MeshModel

extension XDSResource {
  /// Reads the envelope; what is in `spec` is left to those who know the messages.
  static func decode(
    _ header: inout ManifestHeader
  ) throws(MeshFault) -> (MeshObject, [FieldPath]) {
    guard let spec = header.fields.take("spec") else { throw header.fields.missing("spec") }
    let path = FieldPath([.field("spec")])
    var reader = try FieldReader(spec, path: path)
    let accepted = messages.map { "type.googleapis.com/\($0)" }
    guard let typeURL = try reader.string("@type") else {
      throw reader.missing("@type", accepted: accepted)
    }
    guard accepted.contains(typeURL) else {
      let near = nearest(to: typeURL, in: accepted).map { "; did you mean \($0)?" } ?? ""
      throw reader.fault("no type that can be pushed\(near)", at: "@type", accepted: accepted)
    }
    let ignored = try header.fields.finish()
    let resource = XDSResource(
      namespace: header.namespace, name: header.name, typeURL: typeURL, json: spec.json,
      selector: try selector(header))
    return (.xdsResource(resource), ignored)
  }

  private static func selector(_ header: ManifestHeader) throws(MeshFault) -> ProxySelector {
    let roles = list(header.annotations[ProxySelector.rolesAnnotation])
    var selector = ProxySelector(nodes: list(header.annotations[ProxySelector.nodesAnnotation]))
    for role in roles {
      guard let role = ProxyRole(rawValue: role) else {
        throw MeshFault(
          "no role of this name",
          path: header.metadataPath.appending("annotations").appending(
            ProxySelector.rolesAnnotation),
          line: header.metadataLine, found: "\"\(role)\"",
          accepted: ProxyRole.allCases.map(\.rawValue))
      }
      selector.roles.append(role)
    }
    return selector
  }

  /// The words of a list separated by commas.
  private static func list(_ text: String?) -> [String] {
    (text ?? "").split { $0 == "," || $0 == " " }.map(String.init)
  }
}
