import Yams

extension DocumentNode {
  /// The value as a YAML document in block style, keys in the order they have here.
  public var yaml: String {
    (try? Yams.serialize(node: yamlNode, allowUnicode: true)) ?? json + "\n"
  }

  private var yamlNode: Node {
    switch value {
    case .null: Node("null", Tag(.null))
    case .bool(let bool): Node(bool ? "true" : "false", Tag(.bool))
    case .integer(let integer): Node(String(integer), Tag(.int))
    case .number(let number): Node(number, Tag(.float))
    case .string(let string): Node(string, Tag(.str), Self.style(of: string))
    case .list(let nodes): Node(nodes.map(\.yamlNode))
    case .map(let entries):
      Node(entries.map { (Node($0.key, Tag(.str), Self.style(of: $0.key)), $0.node.yamlNode) })
    }
  }

  /// Quotes what a reader would otherwise take for another type of value.
  private static func style(of string: String) -> Node.Scalar.Style {
    if string.contains("\n") { return .literal }
    let plain = PlainScalar.value(of: string)
    let words = ["yes", "no", "on", "off", "y", "n", "~"]
    guard case .string = plain, !words.contains(string.lowercased()),
      !PlainScalar.hasLeadingZero(string)
    else { return .doubleQuoted }
    return .any
  }
}
