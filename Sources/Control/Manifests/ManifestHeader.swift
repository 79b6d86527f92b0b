import MeshModel

/// What every manifest begins with: `apiVersion`, `kind` and `metadata`.
struct ManifestHeader {
  let report: DocumentReport
  var fields: FieldReader
  let kind: MeshKind
  let apiVersion: String
  let namespace: String
  let name: String
  let labels: [String: String]
  let annotations: [String: String]
  let resourceVersion: UInt64?
  let metadataPath = FieldPath([.field("metadata")])
  let metadataLine: Int?

  var key: ObjectKey { ObjectKey(kind, namespace: namespace, name: name) }

  /// Whether the object can be told by its key.
  var isNamed: Bool { Self.isName(name, of: kind) && DNSName.isLabel(namespace) }

  /// Metadata a Kubernetes server sets, which is dropped in silence.
  static let serverFields = [
    "creationTimestamp", "generation", "managedFields", "resourceVersion", "selfLink", "uid",
  ]
  /// Metadata that has no meaning here.
  static let ignoredMetadata = [
    "deletionGracePeriodSeconds", "deletionTimestamp", "finalizers", "generateName",
    "ownerReferences",
  ]

  /// Nil, with a fault, when it cannot be told what the document is to be read as.
  init?(_ document: DocumentNode, _ report: DocumentReport) {
    guard var fields = FieldReader(document, path: FieldPath(), report) else { return nil }
    let version = Self.version(&fields)
    guard var metadata = fields.map("metadata") else {
      fields.missing("metadata", accepted: ["metadata.name"])
      return nil
    }
    metadataLine = metadata.node.line
    name = Self.name(&metadata, kind: version?.kind)
    namespace = Self.namespace(&metadata)
    labels = metadata.strings("labels")
    annotations = metadata.strings("annotations")
    resourceVersion = Self.resourceVersion(&metadata)
    for field in Self.serverFields { _ = metadata.take(field) }
    metadata.finish(ignoring: Self.ignoredMetadata)
    _ = fields.take("status")
    guard let version else { return nil }
    (kind, apiVersion) = version
    self.fields = fields
    self.report = report
  }

  private static func version(_ fields: inout FieldReader) -> (kind: MeshKind, String)? {
    let kinds = MeshKind.allCases.map(\.rawValue)
    guard let spelling = fields.string("kind") else {
      fields.missing("kind", accepted: kinds)
      return nil
    }
    guard let kind = MeshKind(rawValue: spelling) else {
      let near = nearestHint(to: spelling, in: kinds)
      fields.fault("no kind of this name\(near)", at: "kind", accepted: kinds)
      return nil
    }
    guard let apiVersion = fields.string("apiVersion") else {
      fields.missing("apiVersion", accepted: kind.apiVersions)
      return nil
    }
    guard kind.apiVersions.contains(apiVersion) else {
      fields.fault(
        "no version of \(kind.rawValue) that is known here", at: "apiVersion",
        accepted: kind.apiVersions)
      return nil
    }
    return (kind, apiVersion)
  }

  private static func name(_ metadata: inout FieldReader, kind: MeshKind?) -> String {
    guard let name = metadata.string("name") else {
      metadata.missing("name")
      return ""
    }
    if !isName(name, of: kind) {
      metadata.fault("not a name", at: "name", accepted: [DNSName.rule])
    }
    return name
  }

  private static func isName(_ name: String, of kind: MeshKind?) -> Bool {
    kind == .service ? DNSName.isLabel(name) : DNSName.isSubdomain(name)
  }

  private static func namespace(_ metadata: inout FieldReader) -> String {
    let namespace = metadata.string("namespace") ?? ObjectKey.defaultNamespace
    if !DNSName.isLabel(namespace) {
      metadata.fault("not a name", at: "namespace", accepted: [DNSName.rule])
    }
    return namespace
  }

  private static func resourceVersion(_ metadata: inout FieldReader) -> UInt64? {
    guard let text = metadata.string("resourceVersion") else { return nil }
    if let revision = UInt64(text) { return revision }
    metadata.fault(
      "not a revision of this store", at: "resourceVersion", accepted: ["what get answers"])
    return nil
  }
}
