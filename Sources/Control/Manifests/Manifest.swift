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
  /// - Throws: `ManifestFaults` with a fault of every document that has one, up to
  ///   `MeshFault.limit` of them.
  public static func decode(_ text: String) throws(ManifestFaults) -> [Manifest] {
    let documents = try documents(in: text)
    let manifests = try each(documents) { document throws(MeshFault) in try Manifest(document) }
    try requireDistinct(manifests.map(\.key), documents)
    return manifests
  }

  /// Reads no more of each document than what names its object, which is all a removal needs.
  ///
  /// - Throws: `ManifestFaults`, as `decode` does.
  public static func references(_ text: String) throws(ManifestFaults) -> [ObjectReference] {
    let documents = try documents(in: text)
    let references = try each(documents) { document throws(MeshFault) in
      let header = try ManifestHeader(document)
      return ObjectReference(header.key, expectedRevision: header.resourceVersion)
    }
    try requireDistinct(references.map(\.key), documents)
    return references
  }

  /// Reads one document.
  public init(_ document: DocumentNode) throws(MeshFault) {
    var header = try ManifestHeader(document)
    let ignored: [FieldPath]
    do throws(MeshFault) {
      switch header.kind {
      case .service: (object, ignored) = try Service.decode(&header)
      case .endpointSlice: (object, ignored) = try EndpointSlice.decode(&header)
      case .trafficSplit: (object, ignored) = try TrafficSplit.decode(&header)
      case .xdsResource: (object, ignored) = try XDSResource.decode(&header)
      }
    } catch {
      var fault = error
      fault.object = header.key
      throw fault
    }
    self.document = document.stored(in: header.namespace)
    self.ignored = (header.ignored + ignored).sorted { "\($0)" < "\($1)" }
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
    _ documents: [DocumentNode], _ read: (DocumentNode) throws(MeshFault) -> Value
  ) throws(ManifestFaults) -> [Value] {
    var values: [Value] = []
    var faults: [MeshFault] = []
    for (index, document) in documents.enumerated() where faults.count < MeshFault.limit {
      do throws(MeshFault) {
        values.append(try read(document))
      } catch {
        var fault = error
        fault.document = index
        faults.append(fault)
      }
    }
    guard faults.isEmpty else { throw ManifestFaults(faults) }
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
public struct ManifestFaults: Error, Sendable {
  public var faults: [MeshFault]

  public init(_ faults: [MeshFault]) {
    self.faults = faults
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
