import CYaml
import MeshModel

/// Looks a YAML stream over before anything is built from it.
///
/// Values take microseconds each to build, and the parser builds a whole document before it can be
/// asked how large it is. A few lines of aliases to aliases stand for billions of values, and the
/// parser walks all of them where they stand in a key: so none is taken; manifests do without.
struct DocumentScan {
  /// A list or mapping that is not over yet.
  private enum Frame {
    case list(next: Int)
    /// With the key whose value comes next; nil when a key does.
    case map(key: String?)
  }

  private let limits: DocumentLimits
  private var values = 0
  private var frames: [Frame] = []

  /// Leaves a text that is no YAML to the parser, which says why.
  ///
  /// - Throws: `MeshFault` with the line of the first alias, of the first value too many, or of the
  ///   first that is nested too deeply.
  static func check(_ text: String, _ limits: DocumentLimits) throws(MeshFault) {
    var scan = DocumentScan(limits: limits)
    if let fault = scan.fault(in: Array(text.utf8)) { throw fault }
  }

  private init(limits: DocumentLimits) {
    self.limits = limits
  }

  private mutating func fault(in bytes: [UInt8]) -> MeshFault? {
    let parser = UnsafeMutablePointer<yaml_parser_t>.allocate(capacity: 1)
    defer { parser.deallocate() }
    guard yaml_parser_initialize(parser) == 1 else { return nil }
    defer { yaml_parser_delete(parser) }
    yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
    return bytes.withUnsafeBufferPointer { input in
      yaml_parser_set_input_string(parser, input.baseAddress, input.count)
      return walk(parser)
    }
  }

  private mutating func walk(_ parser: UnsafeMutablePointer<yaml_parser_t>) -> MeshFault? {
    var event = yaml_event_t()
    while yaml_parser_parse(parser, &event) == 1 {
      defer { yaml_event_delete(&event) }
      if event.type == YAML_STREAM_END_EVENT { return nil }
      if let fault = take(event) { return fault }
    }
    return nil
  }

  private mutating func take(_ event: yaml_event_t) -> MeshFault? {
    let line = event.start_mark.line + 1
    switch event.type {
    case YAML_ALIAS_EVENT:
      let name = String(cString: event.data.alias.anchor)
      return MeshFault("aliases are not taken: write the value out", line: line, found: "*\(name)")
    case YAML_SCALAR_EVENT:
      pass(key: event)
      values += 1
    case YAML_SEQUENCE_START_EVENT, YAML_MAPPING_START_EVENT:
      let isList = event.type == YAML_SEQUENCE_START_EVENT
      guard frames.count < limits.depth else {
        return limits.tooDeep(at: path, line: line, isList ? "a list" : "a mapping")
      }
      frames.append(isList ? .list(next: 0) : .map(key: nil))
      values += 1
    case YAML_SEQUENCE_END_EVENT, YAML_MAPPING_END_EVENT:
      frames.removeLast()
      pass(key: nil)
    default: break
    }
    return values > limits.values ? limits.tooMany(line: line) : nil
  }

  // MARK: The path

  private var path: FieldPath {
    FieldPath(
      frames.map { frame in
        switch frame {
        case .list(let next): .index(next)
        case .map(let key): .field(key ?? "")
        }
      })
  }

  /// A value is over, or a key has been read.
  private mutating func pass(key event: yaml_event_t?) {
    guard let frame = frames.popLast() else { return }
    switch frame {
    case .list(let next): frames.append(.list(next: next + 1))
    case .map(_?): frames.append(.map(key: nil))
    case .map(nil): frames.append(.map(key: event.map(Self.text) ?? ""))
    }
  }

  private static func text(of scalar: yaml_event_t) -> String {
    let data = scalar.data.scalar
    return String(
      decoding: UnsafeBufferPointer(start: data.value, count: data.length), as: UTF8.self)
  }
}
