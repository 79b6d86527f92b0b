import CYaml
import MeshModel

/// Looks a YAML stream over before anything is built from it.
///
/// Values take microseconds each to build, and the parser builds a whole document before it can be
/// asked how large it is. A few lines of aliases to aliases stand for billions of values, and the
/// parser walks all of them where they stand in a key: so none is taken; manifests do without.
enum DocumentScan {
  /// Leaves a text that is no YAML to the parser, which says why.
  ///
  /// - Throws: `MeshFault` with the line of the first alias, or of the first value too many.
  static func check(_ text: String, maxValues: Int) throws(MeshFault) {
    let outcome = scan(Array(text.utf8), maxValues)
    switch outcome {
    case .fine: return
    case .alias(let name, let line):
      throw MeshFault("aliases are not taken: write the value out", line: line, found: "*\(name)")
    case .tooManyValues(let line):
      throw MeshFault("the push holds more than \(maxValues) values", line: line)
    }
  }

  private enum Outcome {
    case fine
    case alias(String, line: Int)
    case tooManyValues(line: Int)
  }

  private static func scan(_ bytes: [UInt8], _ maxValues: Int) -> Outcome {
    let parser = UnsafeMutablePointer<yaml_parser_t>.allocate(capacity: 1)
    defer { parser.deallocate() }
    guard yaml_parser_initialize(parser) == 1 else { return .fine }
    defer { yaml_parser_delete(parser) }
    yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
    return bytes.withUnsafeBufferPointer { input in
      yaml_parser_set_input_string(parser, input.baseAddress, input.count)
      return walk(parser, maxValues)
    }
  }

  private static func walk(_ parser: UnsafeMutablePointer<yaml_parser_t>, _ most: Int) -> Outcome {
    var values = 0
    var event = yaml_event_t()
    while yaml_parser_parse(parser, &event) == 1 {
      defer { yaml_event_delete(&event) }
      let line = event.start_mark.line + 1
      switch event.type {
      case YAML_STREAM_END_EVENT: return .fine
      case YAML_ALIAS_EVENT:
        return .alias(String(cString: event.data.alias.anchor), line: line)
      case YAML_SCALAR_EVENT, YAML_SEQUENCE_START_EVENT, YAML_MAPPING_START_EVENT:
        values += 1
        if values > most { return .tooManyValues(line: line) }
      default: break
      }
    }
    return .fine
  }
}
