import Config

/// Builds the tree of a YAML document from its events. Depth and size are bounded, aliases count
/// with what they stand for, duplicate keys are faults.
struct YAMLComposer {
  static let maxDepth = 64
  static let maxNodes = 2_000_000

  private let reader: YAMLEventReader
  private var anchors: [String: YAMLNode] = [:]
  private var nodeCount = 0

  /// The single document of `bytes`.
  static func compose(_ bytes: [UInt8]) throws(YAMLFault) -> YAMLNode {
    let start = ConfigFinding.Position(line: 1, column: 1)
    guard bytes.count <= maxBootstrapBytes else {
      throw YAMLFault(text: "larger than \(maxBootstrapBytes >> 20) MiB", position: start)
    }
    var composer = YAMLComposer(reader: YAMLEventReader(bytes))
    return try composer.composeDocument()
  }

  private init(reader: YAMLEventReader) { self.reader = reader }

  private mutating func composeDocument() throws(YAMLFault) -> YAMLNode {
    _ = try reader.next()
    let first = try reader.next()
    guard case .documentStart = first.kind else {
      throw YAMLFault(text: "the file is empty", position: first.position)
    }
    let root = try compose(try reader.next(), depth: 0)
    _ = try reader.next()
    let last = try reader.next()
    guard case .streamEnd = last.kind else {
      throw YAMLFault(text: "a second document; one is accepted", position: last.position)
    }
    return root
  }

  private mutating func compose(_ event: YAMLEvent, depth: Int) throws(YAMLFault) -> YAMLNode {
    guard depth < Self.maxDepth else {
      throw YAMLFault(text: "nested deeper than \(Self.maxDepth) levels", position: event.position)
    }
    let node: YAMLNode
    switch event.kind {
    case .alias(let name): return try resolve(name, event.position)
    case .scalar(let text, let isPlain):
      let content = YAMLNode.Content.scalar(text, isPlain: isPlain && event.tag == nil)
      node = YAMLNode(content: content, position: event.position, size: 1)
    case .sequenceStart: node = try composeSequence(event, depth)
    case .mappingStart(let isFlow): node = try composeMapping(event, depth, isFlow: isFlow)
    default: throw YAMLFault(text: "a value was expected", position: event.position)
    }
    try count(1, event.position)
    try check(event)
    if let anchor = event.anchor { anchors[anchor] = node }
    return node
  }

  private mutating func composeSequence(_ start: YAMLEvent, _ depth: Int) throws(YAMLFault)
    -> YAMLNode
  {
    var elements: [YAMLNode] = []
    var size = 1
    while true {
      let event = try reader.next()
      if case .sequenceEnd = event.kind { break }
      let element = try compose(event, depth: depth + 1)
      size += element.size
      elements.append(element)
    }
    return YAMLNode(content: .sequence(elements), position: start.position, size: size)
  }

  private mutating func composeMapping(
    _ start: YAMLEvent, _ depth: Int, isFlow: Bool
  ) throws(YAMLFault) -> YAMLNode {
    var entries: [YAMLNode.Entry] = []
    var lines: [String: Int] = [:]
    var size = 1
    while true {
      let event = try reader.next()
      if case .mappingEnd = event.kind { break }
      guard case .scalar(let key, _) = event.kind else {
        throw YAMLFault(text: "a key must be a string", position: event.position)
      }
      if let line = lines.updateValue(event.position.line, forKey: key) {
        throw YAMLFault(
          text: "duplicate key \"\(key)\", first set in line \(line)", position: event.position)
      }
      let value = try compose(try reader.next(), depth: depth + 1)
      // Between braces nothing is more likely forgotten than meant; JSON knows no such value.
      if isFlow, case .scalar("", isPlain: true) = value.content {
        throw YAMLFault(text: "key \"\(key)\" has no value; null is one", position: value.position)
      }
      size += value.size
      entries.append(.init(key: key, keyPosition: event.position, value: value))
    }
    return YAMLNode(content: .mapping(entries), position: start.position, size: size)
  }

  private mutating func resolve(_ name: String, _ position: ConfigFinding.Position)
    throws(YAMLFault) -> YAMLNode
  {
    guard let node = anchors[name] else {
      throw YAMLFault(text: "alias *\(name) names no earlier anchor", position: position)
    }
    try count(node.size, position)
    return node
  }

  private mutating func count(_ nodes: Int, _ position: ConfigFinding.Position) throws(YAMLFault) {
    nodeCount += nodes
    guard nodeCount <= Self.maxNodes else {
      throw YAMLFault(
        text: "more than \(Self.maxNodes) values, aliases counted each time", position: position)
    }
  }

  private func check(_ event: YAMLEvent) throws(YAMLFault) {
    guard let tag = event.tag, tag != "!", !tag.hasPrefix("tag:yaml.org,2002:") else { return }
    throw YAMLFault(text: "tag \(tag) has no meaning here", position: event.position)
  }
}
