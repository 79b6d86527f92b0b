import Config

extension Message {
  /// The place of the field at `path`, which begins at this message: `.virtual_hosts[api].domains[0]`. Where
  /// that field was not written, the place of what encloses it.
  func position(at path: Substring) -> ConfigFinding.Position? {
    if let content { return content.position(at: path) ?? position }
    guard path.first == "." else { return position }
    let name = path.dropFirst().prefix { $0 != "." && $0 != "[" }
    guard let index = descriptor.index(named: String(name)), let field = field(at: index) else {
      return position
    }
    let rest = path.dropFirst(1 + name.count)
    return field.value.position(at: rest) ?? field.position ?? position
  }
}

extension FieldValue {
  /// As in a message; a list's element is called by its name or its index.
  fileprivate func position(at path: Substring) -> ConfigFinding.Position? {
    switch self {
    case .message(let inner): return inner.position(at: path)
    case .list(let elements):
      for (index, element) in elements.enumerated() {
        guard let inner = element.message else { continue }
        for label in [inner["name"]?.string ?? "", String(index)]
        where path.hasPrefix("[\(label)]") {
          return inner.position(at: path.dropFirst(label.count + 2))
        }
      }
      return nil
    default: return nil
    }
  }
}
