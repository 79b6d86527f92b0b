import MeshModel

/// One document read as the object it declares.
public struct Manifest: Sendable {
  public var object: MeshObject
  /// The document as it is stored: with its namespace, less what the control plane sets itself.
  public var document: DocumentNode
  /// `metadata.resourceVersion`: the revision the operator believes the object to be at.
  public var expectedRevision: UInt64?
  /// Fields that were given and have no effect here.
  public var ignored: [FieldPath]

  public var key: ObjectKey { object.key }

  /// Reads the documents of a push, each a manifest or a `List` of them.
  ///
  /// - Throws: `ManifestFaults` with the faults of every document, up to `MeshFault.limit` of them.
  public static func decode(_ text: String) throws(ManifestFaults) -> [Manifest] {
    let documents = try documents(in: text)
    let manifests = try each(documents) { document throws(ManifestFaults) in try Manifest(document)
    }
    try requireDistinct(manifests.map(\.key), documents)
    return manifests
  }

  /// Reads no more of each document than what names its object, which is all a removal needs.
  ///
  /// - Throws: `ManifestFaults`, as `decode` does.
  public static func references(_ text: String) throws(ManifestFaults) -> [ObjectReference] {
    let documents = try documents(in: text)
    let references = try each(documents) { document throws(ManifestFaults) in
      let report = DocumentReport()
      let header = ManifestHeader(document, report)
      try report.check(object: nil)
      guard let header else { preconditionFailure("a document that cannot be read has a fault") }
      return ObjectReference(header.key, expectedRevision: header.resourceVersion)
    }
    try requireDistinct(references.map(\.key), documents)
    return references
  }

  /// Reads one document.
  ///
  /// - Throws: everything that is wrong with it.
  public init(_ document: DocumentNode) throws(ManifestFaults) {
    let report = DocumentReport()
    var header = ManifestHeader(document, report)
    let object = header?.decode()
    try report.check(object: header?.isNamed == true ? header?.key : nil)
    guard let header, let object else {
      preconditionFailure("a document that cannot be read has a fault")
    }
    self.object = object
    self.document = document.stored(in: header.namespace)
    ignored = report.ignored.sorted { "\($0)" < "\($1)" }
    expectedRevision = header.resourceVersion
  }

  // MARK: Documents

  private static func documents(in text: String) throws(ManifestFaults) -> [DocumentNode] {
    do {
      return try DocumentReader.documents(in: text).flatMap(items)
    } catch {
      throw ManifestFaults([error])
    }
  }

  /// The documents inside a `kind: List`, as `kubectl get -o yaml` writes it.
  private static func items(of document: DocumentNode) -> [DocumentNode] {
    guard case .string("List")? = document["kind"]?.value,
      case .list(let items)? = document["items"]?.value
    else { return [document] }
    return items
  }

  /// Reads every document, and throws what is wrong with all of them at once.
  private static func each<Value>(
    _ documents: [DocumentNode], _ read: (DocumentNode) throws(ManifestFaults) -> Value
  ) throws(ManifestFaults) -> [Value] {
    var values: [Value] = []
    var faults: [MeshFault] = []
    for (index, document) in documents.enumerated() where faults.count < MeshFault.limit {
      do throws(ManifestFaults) {
        values.append(try read(document))
      } catch {
        faults += error.faults.map { fault in
          var fault = fault
          fault.document = index
          return fault
        }
      }
    }
    guard faults.isEmpty else { throw ManifestFaults(Array(faults.prefix(MeshFault.limit))) }
    return values
  }

  private static func requireDistinct(
    _ keys: [ObjectKey], _ documents: [DocumentNode]
  ) throws(ManifestFaults) {
    var first: [ObjectKey: Int] = [:]
    var faults: [MeshFault] = []
    for (index, key) in keys.enumerated() where faults.count < MeshFault.limit {
      guard let earlier = first[key] else {
        first[key] = index
        continue
      }
      faults.append(
        MeshFault(
          "document \(earlier + 1) declares the same object",
          path: FieldPath([.field("metadata"), .field("name")]),
          line: documents[index].line, document: index, object: key))
    }
    guard faults.isEmpty else { throw ManifestFaults(faults) }
  }
}

/// An object that a document names, and the revision the operator believes it to be at.
public struct ObjectReference: Hashable, Sendable {
  public var key: ObjectKey
  public var expectedRevision: UInt64?

  public init(_ key: ObjectKey, expectedRevision: UInt64? = nil) {
    self.key = key
    self.expectedRevision = expectedRevision
  }
}

/// Everything wrong with one push.
public struct ManifestFaults: Error, Sendable, CustomStringConvertible {
  /// In the order of the push, then those of what is stored.
  public let faults: [MeshFault]

  public init(_ faults: [MeshFault]) {
    self.faults = faults.sorted {
      ($0.document ?? .max, $0.line ?? 0) < ($1.document ?? .max, $1.line ?? 0)
    }
  }

  public var description: String { faults.map(\.description).joined(separator: "; ") }
}

extension ManifestHeader {
  /// Reads what the kind has beside `metadata`; nil, with a fault, when that declares no object.
  fileprivate mutating func decode() -> MeshObject? {
    let object =
      switch kind {
      case .service: Service.decode(&self)
      case .endpointSlice: EndpointSlice.decode(&self)
      case .trafficSplit: TrafficSplit.decode(&self)
      case .xdsResource: XDSResource.decode(&self)
      }
    fields.finish()
    return object
  }
}

extension DocumentNode {
  /// The document as it is stored: with its namespace, without `status` and without the metadata
  /// that a server writes. So equal declarations are equal text.
  func stored(in namespace: String) -> DocumentNode {
    guard case .map(let entries) = value else { return self }
    let kept = entries.filter { $0.key != "status" }.map { entry -> Entry in
      guard entry.key == "metadata", case .map(let metadata) = entry.node.value else {
        return entry
      }
      var stored = metadata.filter { !ManifestHeader.serverFields.contains($0.key) }
      if entry.node["namespace"] == nil {
        stored.append(Entry(key: "namespace", node: DocumentNode(.string(namespace))))
      }
      return Entry(key: entry.key, node: DocumentNode(.map(stored), line: entry.node.line))
    }
    return DocumentNode(.map(kept), line: line)
  }

  /// The document with its `metadata.resourceVersion` set, as `get` answers.
  public func stamped(revision: UInt64) -> DocumentNode {
    guard case .map(let entries) = value else { return self }
    let stamped = entries.map { entry -> Entry in
      guard entry.key == "metadata", case .map(let metadata) = entry.node.value else {
        return entry
      }
      let version = Entry(
        key: "resourceVersion", node: DocumentNode(.string(String(revision))))
      return Entry(key: entry.key, node: DocumentNode(.map(metadata + [version])))
    }
    return DocumentNode(.map(stamped))
  }
}
