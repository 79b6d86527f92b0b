import MeshModel

extension XDSResource {
  /// Reads the envelope; what is in `spec` is left to those who know the messages.
  static func decode(_ header: inout ManifestHeader) -> MeshObject? {
    let selector = selector(header)
    let spec = header.fields.take("spec")
    guard let spec, let typeURL = typeURL(of: spec, header.report) else {
      header.fields.missing("spec")
      return nil
    }
    return .xdsResource(
      XDSResource(
        namespace: header.namespace, name: header.name, typeURL: typeURL, json: spec.json,
        selector: selector))
  }

  private static func typeURL(of spec: DocumentNode, _ report: DocumentReport) -> String? {
    let path = FieldPath([.field("spec")])
    guard var reader = FieldReader(spec, path: path, report) else { return nil }
    let accepted = messages.map { "type.googleapis.com/\($0)" }
    guard let typeURL = reader.string("@type") else {
      reader.missing("@type", accepted: accepted)
      return nil
    }
    if accepted.contains(typeURL) { return typeURL }
    let near = nearestHint(to: typeURL, in: accepted)
    reader.fault("no type that can be pushed\(near)", at: "@type", accepted: accepted)
    return nil
  }

  private static func selector(_ header: ManifestHeader) -> ProxySelector {
    var selector = ProxySelector(nodes: list(header.annotations[ProxySelector.nodesAnnotation]))
    for name in list(header.annotations[ProxySelector.rolesAnnotation]) {
      guard let role = ProxyRole(rawValue: name) else {
        header.report.fault(
          MeshFault(
            "no role of this name",
            path: header.metadataPath.appending("annotations").appending(
              ProxySelector.rolesAnnotation),
            line: header.metadataLine, found: "\"\(name)\"",
            accepted: ProxyRole.allCases.map(\.rawValue)))
        continue
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
