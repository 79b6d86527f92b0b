import MeshModel

/// What every manifest begins with: `apiVersion`, `kind` and `metadata`.
struct ManifestHeader {
  var fields: FieldReader
  let kind: MeshKind
  let apiVersion: String
  let namespace: String
  let name: String
  let labels: [String: String]
  let annotations: [String: String]
  let resourceVersion: UInt64?
  let ignored: [FieldPath]
  let metadataPath = FieldPath([.field("metadata")])
  let metadataLine: Int?

  var key: ObjectKey { ObjectKey(kind, namespace: namespace, name: name) }

  /// Metadata a Kubernetes server sets, which is dropped in silence.
  static let serverFields = [
    "creationTimestamp", "generation", "managedFields", "resourceVersion", "selfLink", "uid",
  ]
  /// Metadata that has no meaning here.
  static let ignoredMetadata = [
    "deletionGracePeriodSeconds", "deletionTimestamp", "finalizers", "generateName",
    "ownerReferences",
  ]

  init(_ document: DocumentNode) throws(MeshFault) {
    fields = try FieldReader(document, path: FieldPath())
    (kind, apiVersion) = try Self.version(&fields)
    guard var metadata = try fields.map("metadata") else {
      throw fields.missing("metadata", accepted: ["metadata.name"])
    }
    metadataLine = metadata.node.line
    name = try Self.name(&metadata, kind: kind)
    namespace = try Self.namespace(&metadata)
    labels = try metadata.strings("labels")
    annotations = try metadata.strings("annotations")
    resourceVersion = try Self.resourceVersion(&metadata)
    for field in Self.serverFields { _ = metadata.take(field) }
    _ = fields.take("status")
    ignored = try metadata.finish(ignoring: Self.ignoredMetadata)
  }

  private static func version(
    _ fields: inout FieldReader
  ) throws(MeshFault) -> (MeshKind, String) {
    let kinds = MeshKind.allCases.map(\.rawValue)
    guard let spelling = try fields.string("kind") else {
      throw fields.missing("kind", accepted: kinds)
    }
    guard let kind = MeshKind(rawValue: spelling) else {
      let near = nearest(to: spelling, in: kinds).map { "; did you mean \($0)?" } ?? ""
      throw fields.fault("no kind of this name\(near)", at: "kind", accepted: kinds)
    }
    guard let apiVersion = try fields.string("apiVersion") else {
      throw fields.missing("apiVersion", accepted: kind.apiVersions)
    }
    guard kind.apiVersions.contains(apiVersion) else {
      throw fields.fault(
        "no version of \(kind.rawValue) that is known here", at: "apiVersion",
        accepted: kind.apiVersions)
    }
    return (kind, apiVersion)
  }

  private static func name(
    _ metadata: inout FieldReader, kind: MeshKind
  ) throws(MeshFault) -> String {
    guard let name = try metadata.string("name") else { throw metadata.missing("name") }
    let isValid = kind == .service ? DNSName.isLabel(name) : DNSName.isSubdomain(name)
    guard isValid else {
      throw metadata.fault("not a name", at: "name", accepted: [DNSName.rule])
    }
    return name
  }

  private static func namespace(_ metadata: inout FieldReader) throws(MeshFault) -> String {
    let namespace = try metadata.string("namespace") ?? ObjectKey.defaultNamespace
    guard DNSName.isLabel(namespace) else {
      throw metadata.fault("not a name", at: "namespace", accepted: [DNSName.rule])
    }
    return namespace
  }

  private static func resourceVersion(
    _ metadata: inout FieldReader
  ) throws(MeshFault) -> UInt64? {
    guard let text = try metadata.string("resourceVersion") else { return nil }
    guard let revision = UInt64(text) else {
      throw metadata.fault(
        "not a revision of this store", at: "resourceVersion", accepted: ["what get answers"])
    }
    return revision
  }
}

/// Names as Kubernetes takes them (RFC 1123).
enum DNSName {
  static let rule =
    "lower-case letters, digits and '-', beginning and ending with a letter or digit"

  static func isLabel(_ name: String) -> Bool {
    let bytes = Array(name.utf8)
    guard let first = bytes.first, let last = bytes.last, bytes.count <= 63 else { return false }
    return isAlphanumeric(first) && isAlphanumeric(last)
      && bytes.allSatisfy { isAlphanumeric($0) || $0 == UInt8(ascii: "-") }
  }

  static func isSubdomain(_ name: String) -> Bool {
    name.utf8.count <= 253
      && name.split(separator: ".", omittingEmptySubsequences: false).allSatisfy {
        isLabel(String($0))
      }
  }

  private static func isAlphanumeric(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
      || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
  }
}
