import Config

/// A YAML value with the place it stands at.
struct YAMLNode {
  struct Entry {
    let key: String
    let keyPosition: ConfigFinding.Position
    let value: YAMLNode
  }

  indirect enum Content {
    /// `isPlain`: written without quotes, so that `1`, `true` and `null` are not strings.
    case scalar(String, isPlain: Bool)
    case sequence([YAMLNode])
    case mapping([Entry])
  }

  let content: Content
  let position: ConfigFinding.Position
  /// Nodes in this tree, itself included, aliases counted each time they are used.
  let size: Int

  var isNull: Bool {
    guard case .scalar(let text, isPlain: true) = content else { return false }
    return text.isEmpty || text == "~" || text == "null" || text == "Null" || text == "NULL"
  }

  /// How a fault names what it found: `"5x"`, `a list`, `a mapping`.
  var found: String {
    switch content {
    case .scalar(let text, let isPlain): isPlain ? text : "\"\(text)\""
    case .sequence: "a list"
    case .mapping: "a mapping"
    }
  }

  /// The text of a scalar entry of a mapping.
  func scalar(at key: String) -> String? {
    guard case .mapping(let entries) = content,
      let entry = entries.first(where: { $0.key == key }),
      case .scalar(let text, _) = entry.value.content
    else { return nil }
    return text
  }
}
