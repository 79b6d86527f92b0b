import MeshModel

/// One value of a YAML or JSON document, and the line it was written on.
public struct DocumentNode: Sendable {
  public indirect enum Value: Sendable {
    case null
    case bool(Bool)
    case integer(Int64)
    /// A number that is no integer, as it was written.
    case number(String)
    case string(String)
    case list([DocumentNode])
    case map([Entry])
  }

  /// A key and its value, in the order of the document.
  public struct Entry: Sendable {
    public var key: String
    public var node: DocumentNode

    public init(key: String, node: DocumentNode) {
      self.key = key
      self.node = node
    }
  }

  public var value: Value
  /// From one; nil for a value that no document holds.
  public var line: Int?

  public init(_ value: Value, line: Int? = nil) {
    self.value = value
    self.line = line
  }

  public subscript(key: String) -> DocumentNode? {
    guard case .map(let entries) = value else { return nil }
    return entries.first { $0.key == key }?.node
  }

  /// The line of the value at a path, or of the nearest enclosing value that exists.
  public func line(at path: FieldPath) -> Int? {
    var node = self
    for step in path.steps {
      switch (step, node.value) {
      case (.field(let name), .map):
        guard let next = node[name] else { return node.line }
        node = next
      case (.index(let index), .list(let nodes)) where nodes.indices.contains(index):
        node = nodes[index]
      default:
        return node.line
      }
    }
    return node.line
  }

  /// What kind of value this is, with a short rendering, for fault messages.
  var summary: String {
    switch value {
    case .null: "nothing"
    case .bool(let bool): "boolean \(bool)"
    case .integer(let integer): "integer \(integer)"
    case .number(let text): "number \(text)"
    case .string(let text): "\"\(text.prefix(80))\""
    case .list(let nodes): "a list of \(nodes.count)"
    case .map(let entries): "a mapping of \(entries.count)"
    }
  }
}
