import MeshModel

/// Takes the fields of one mapping by name, and knows which were never taken.
///
/// What is wrong goes to the report, and reading goes on: a field with a fault reads as absent.
struct FieldReader {
  let node: DocumentNode
  let path: FieldPath
  private let report: DocumentReport
  private let fields: [String: DocumentNode]
  private var taken: Set<String> = []

  /// Nil, with a fault, when the value is no mapping.
  init?(_ node: DocumentNode, path: FieldPath, _ report: DocumentReport) {
    guard case .map(let entries) = node.value else {
      report.fault(Self.mismatch(node, path, accepted: "a mapping"))
      return nil
    }
    self.node = node
    self.path = path
    self.report = report
    fields = Dictionary(entries.map { ($0.key, $0.node) }) { _, last in last }
  }

  /// The value of a field, or nil when it is absent or null.
  mutating func take(_ name: String) -> DocumentNode? {
    taken.insert(name)
    guard let value = fields[name] else { return nil }
    if case .null = value.value { return nil }
    return value
  }

  /// Reports the fields that nobody took: as faults, with the nearest name that would be.
  ///
  /// - Parameter ignored: names that exist in the format but have no effect here; those given are
  ///   reported as such.
  mutating func finish(ignoring ignored: [String] = []) {
    for (name, value) in fields.sorted(by: { $0.key < $1.key }) where !taken.contains(name) {
      guard !ignored.contains(name) else {
        report.ignore(path.appending(name))
        continue
      }
      let known = (taken + ignored).sorted()
      let near = nearestHint(to: name, in: known)
      report.fault(
        MeshFault(
          "unknown field\(near)", path: path.appending(name), line: value.line, accepted: known))
    }
  }

  // MARK: Typed fields

  mutating func string(_ name: String) -> String? {
    guard let value = take(name) else { return nil }
    if case .string(let string) = value.value { return string }
    mismatch(value, name, accepted: "a string (quote it)")
    return nil
  }

  mutating func integer(_ name: String, in range: ClosedRange<Int64>) -> Int64? {
    guard let value = take(name) else { return nil }
    if case .integer(let integer) = value.value, range.contains(integer) { return integer }
    mismatch(
      value, name, accepted: "an integer from \(range.lowerBound) to \(range.upperBound)")
    return nil
  }

  mutating func bool(_ name: String) -> Bool? {
    guard let value = take(name) else { return nil }
    if case .bool(let bool) = value.value { return bool }
    mismatch(value, name, accepted: "true or false")
    return nil
  }

  /// The elements of a list with their paths; empty when the field is absent.
  mutating func list(_ name: String) -> [(node: DocumentNode, path: FieldPath)] {
    guard let value = take(name) else { return [] }
    guard case .list(let nodes) = value.value else {
      mismatch(value, name, accepted: "a list")
      return []
    }
    return nodes.enumerated().map { ($1, path.appending(name).appending($0)) }
  }

  mutating func map(_ name: String) -> FieldReader? {
    take(name).flatMap { FieldReader($0, path: path.appending(name), report) }
  }

  /// The elements of a list of mappings; one that is no mapping is nil.
  mutating func maps(_ name: String) -> [FieldReader?] {
    list(name).map { FieldReader($0.node, path: $0.path, report) }
  }

  /// Values of a mapping from strings to strings, as labels and annotations are.
  mutating func strings(_ name: String) -> [String: String] {
    guard var reader = map(name) else { return [:] }
    var strings: [String: String] = [:]
    for key in reader.fields.keys { strings[key] = reader.string(key) }
    return strings
  }

  // MARK: Faults

  /// Reports a field that has to be there and is not, or the misspelt field in its place.
  ///
  /// Of a field that is there and could not be read nothing is said: its own fault has been.
  mutating func missing(_ name: String, accepted: [String] = []) {
    switch fields[name]?.value {
    case nil, .null: break
    case .list(let nodes) where nodes.isEmpty: break
    default: return
    }
    let spare = fields.keys.filter { !taken.contains($0) }.sorted()
    if let misspelt = nearest(to: name, in: spare) {
      taken.insert(misspelt)
      report.fault(
        MeshFault(
          "unknown field; did you mean \(name)?", path: path.appending(misspelt),
          line: fields[misspelt]?.line, accepted: [name]))
    } else {
      report.fault(
        MeshFault(
          "required field is missing", path: path.appending(name), line: node.line,
          accepted: accepted))
    }
  }

  static func mismatch(_ node: DocumentNode, _ path: FieldPath, accepted: String) -> MeshFault {
    MeshFault("wrong value", path: path, line: node.line, found: node.summary, accepted: [accepted])
  }

  private func mismatch(_ node: DocumentNode, _ name: String, accepted: String) {
    report.fault(Self.mismatch(node, path.appending(name), accepted: accepted))
  }

  /// Reports a fault at a field, with its line and what was found there.
  func fault(_ message: String, at name: String, accepted: [String] = []) {
    let value = fields[name]
    report.fault(
      MeshFault(
        message, path: path.appending(name), line: value?.line ?? node.line, found: value?.summary,
        accepted: accepted))
  }
}
