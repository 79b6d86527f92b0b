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
  /// - Throws: `ManifestFaults` with a fault of every document that has one.
  public static func decode(_ text: String) throws(ManifestFaults) -> [Manifest] {
    var manifests: [Manifest] = []
    var faults: [MeshFault] = []
    let items: [DocumentNode]
    do {
      items = try DocumentReader.documents(in: text).flatMap(Self.items)
    } catch let fault as MeshFault {
      throw ManifestFaults([fault])
    } catch {
      throw ManifestFaults([MeshFault("\(error)")])
    }
    for (index, document) in items.enumerated() {
      do throws(MeshFault) {
        manifests.append(try Manifest(document))
      } catch {
        var fault = error
        fault.document = index
        faults.append(fault)
      }
    }
    faults += repeated(in: manifests, after: faults)
    guard faults.isEmpty else { throw ManifestFaults(faults) }
    return manifests
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

  /// The documents inside a `kind: List`, as `kubectl get -o yaml` writes it.
  private static func items(of document: DocumentNode) -> [DocumentNode] {
    guard case .string("List")? = document["kind"]?.value,
      case .list(let items)? = document["items"]?.value
    else { return [document] }
    return items
  }

  private static func repeated(in manifests: [Manifest], after faults: [MeshFault]) -> [MeshFault] {
    guard faults.isEmpty else { return [] }
    var first: [ObjectKey: Int] = [:]
    return manifests.enumerated().compactMap { index, manifest in
      guard let earlier = first[manifest.key] else {
        first[manifest.key] = index
        return nil
      }
      return MeshFault(
        "document \(earlier + 1) declares the same object",
        path: FieldPath([.field("metadata"), .field("name")]),
        line: manifest.document.line, document: index, object: manifest.key)
    }
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
