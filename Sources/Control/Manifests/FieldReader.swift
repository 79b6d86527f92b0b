import MeshModel

/// Takes the fields of one mapping by name, and knows which were never taken.
struct FieldReader {
  let node: DocumentNode
  let path: FieldPath
  private let fields: [String: DocumentNode]
  private var taken: Set<String> = []

  /// - Throws: `MeshFault` when the value is no mapping.
  init(_ node: DocumentNode, path: FieldPath) throws(MeshFault) {
    guard case .map(let entries) = node.value else {
      throw Self.mismatch(node, path, accepted: "a mapping")
    }
    self.node = node
    self.path = path
    fields = Dictionary(entries.map { ($0.key, $0.node) }) { _, last in last }
  }

  /// The value of a field, or nil when it is absent or null.
  mutating func take(_ name: String) -> DocumentNode? {
    taken.insert(name)
    guard let value = fields[name] else { return nil }
    if case .null = value.value { return nil }
    return value
  }

  /// Faults on the first field that nobody took, with the nearest name that would be.
  ///
  /// - Parameter ignored: names that exist in the format but have no effect here.
  /// - Returns: paths of those among them that were given.
  mutating func finish(ignoring ignored: [String] = []) throws(MeshFault) -> [FieldPath] {
    var given: [FieldPath] = []
    for (name, value) in fields.sorted(by: { $0.key < $1.key }) where !taken.contains(name) {
      guard !ignored.contains(name) else {
        given.append(path.appending(name))
        continue
      }
      let known = (taken + ignored).sorted()
      let near = nearest(to: name, in: known).map { "; did you mean \($0)?" } ?? ""
      throw MeshFault(
        "unknown field\(near)", path: path.appending(name), line: value.line,
        accepted: known)
    }
    return given
  }

  // MARK: Typed fields

  mutating func string(_ name: String) throws(MeshFault) -> String? {
    guard let value = take(name) else { return nil }
    guard case .string(let string) = value.value else {
      throw Self.mismatch(value, path.appending(name), accepted: "a string (quote it)")
    }
    return string
  }

  mutating func integer(_ name: String, in range: ClosedRange<Int64>) throws(MeshFault) -> Int64? {
    guard let value = take(name) else { return nil }
    guard case .integer(let integer) = value.value, range.contains(integer) else {
      let accepted = "an integer from \(range.lowerBound) to \(range.upperBound)"
      throw Self.mismatch(value, path.appending(name), accepted: accepted)
    }
    return integer
  }

  mutating func bool(_ name: String) throws(MeshFault) -> Bool? {
    guard let value = take(name) else { return nil }
    guard case .bool(let bool) = value.value else {
      throw Self.mismatch(value, path.appending(name), accepted: "true or false")
    }
    return bool
  }

  /// The elements of a list with their paths; empty when the field is absent.
  mutating func list(_ name: String) throws(MeshFault) -> [(node: DocumentNode, path: FieldPath)] {
    guard let value = take(name) else { return [] }
    guard case .list(let nodes) = value.value else {
      throw Self.mismatch(value, path.appending(name), accepted: "a list")
    }
    return nodes.enumerated().map { ($1, path.appending(name).appending($0)) }
  }

  mutating func map(_ name: String) throws(MeshFault) -> FieldReader? {
    guard let value = take(name) else { return nil }
    return try FieldReader(value, path: path.appending(name))
  }

  /// Values of a mapping from strings to strings, as labels and annotations are.
  mutating func strings(_ name: String) throws(MeshFault) -> [String: String] {
    guard var reader = try map(name) else { return [:] }
    var strings: [String: String] = [:]
    for key in reader.fields.keys { strings[key] = try reader.string(key) }
    return strings
  }

  // MARK: Faults

  /// The fault of a field that has to be there and is not; or of the misspelt field in its place.
  func missing(_ name: String, accepted: [String] = []) -> MeshFault {
    let spare = fields.keys.filter { !taken.contains($0) }.sorted()
    if let misspelt = nearest(to: name, in: spare) {
      return MeshFault(
        "unknown field; did you mean \(name)?", path: path.appending(misspelt),
        line: fields[misspelt]?.line, accepted: [name])
    }
    return MeshFault(
      "required field is missing", path: path.appending(name), line: node.line, accepted: accepted)
  }

  static func mismatch(_ node: DocumentNode, _ path: FieldPath, accepted: String) -> MeshFault {
    MeshFault("wrong value", path: path, line: node.line, found: node.summary, accepted: [accepted])
  }

  /// A fault at a field, with its line and what was found there.
  func fault(_ message: String, at name: String, accepted: [String] = []) -> MeshFault {
    let value = fields[name]
    return MeshFault(
      message, path: path.appending(name), line: value?.line ?? node.line, found: value?.summary,
      accepted: accepted)
  }
}
