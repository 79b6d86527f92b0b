import CYAML
import Config

/// Reads YAML (JSON included) as a stream of events with libyaml.
@safe
final class YAMLEventReader {
  // SAFETY: allocated and initialized in init, deleted and freed in deinit, never handed out.
  private let parser: UnsafeMutablePointer<yaml_parser_t>
  // SAFETY: libyaml reads the input while it parses; it is a copy owned here and freed in deinit.
  private let input: UnsafeMutableBufferPointer<UInt8>

  init(_ bytes: [UInt8]) {
    unsafe parser = .allocate(capacity: 1)
    unsafe input = .allocate(capacity: bytes.count)
    // SAFETY: both buffers hold `bytes.count` bytes and live until deinit.
    _ = unsafe input.initialize(from: bytes)
    guard unsafe yaml_parser_initialize(parser) == 1 else { fatalError("out of memory") }
    unsafe yaml_parser_set_input_string(parser, input.baseAddress, input.count)
    unsafe yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
  }

  deinit {
    // SAFETY: this object owns both; nothing else points to them.
    unsafe yaml_parser_delete(parser)
    unsafe parser.deallocate()
    unsafe input.deallocate()
  }

  func next() throws(YAMLFault) -> YAMLEvent {
    // SAFETY: libyaml fills `event`; it is deleted once its texts have been copied.
    var event = unsafe yaml_event_t()
    guard unsafe yaml_parser_parse(parser, &event) == 1 else { throw fault() }
    defer { unsafe yaml_event_delete(&event) }
    return unsafe Self.read(event)
  }

  private func fault() -> YAMLFault {
    // SAFETY: `problem` is a constant string of libyaml or null.
    let problem = unsafe parser.pointee.problem.map { unsafe String(cString: $0) }
    return YAMLFault(
      text: problem ?? "not YAML", position: Self.position(unsafe parser.pointee.problem_mark))
  }

  private static func position(_ mark: yaml_mark_t) -> ConfigFinding.Position {
    .init(line: Int(mark.line) + 1, column: Int(mark.column) + 1)
  }

  private static func read(_ event: yaml_event_t) -> YAMLEvent {
    // SAFETY: `type` says which member of the union libyaml filled; texts are copied out here.
    let position = unsafe position(event.start_mark)
    switch unsafe event.type {
    case YAML_STREAM_START_EVENT: return YAMLEvent(.streamStart, position)
    case YAML_STREAM_END_EVENT: return YAMLEvent(.streamEnd, position)
    case YAML_DOCUMENT_START_EVENT: return YAMLEvent(.documentStart, position)
    case YAML_DOCUMENT_END_EVENT: return YAMLEvent(.documentEnd, position)
    case YAML_ALIAS_EVENT:
      return YAMLEvent(.alias(unsafe text(event.data.alias.anchor) ?? ""), position)
    case YAML_SCALAR_EVENT:
      let scalar = unsafe event.data.scalar
      // SAFETY: `value` holds `length` bytes of UTF-8, which libyaml has checked.
      let value = unsafe String(
        decoding: UnsafeBufferPointer(start: scalar.value, count: scalar.length), as: UTF8.self)
      return unsafe YAMLEvent(
        .scalar(value, isPlain: scalar.style == YAML_PLAIN_SCALAR_STYLE), position,
        anchor: text(scalar.anchor), tag: text(scalar.tag))
    case YAML_SEQUENCE_START_EVENT:
      let start = unsafe event.data.sequence_start
      return unsafe YAMLEvent(
        .sequenceStart, position, anchor: text(start.anchor), tag: text(start.tag))
    case YAML_SEQUENCE_END_EVENT: return YAMLEvent(.sequenceEnd, position)
    case YAML_MAPPING_START_EVENT:
      let start = unsafe event.data.mapping_start
      return unsafe YAMLEvent(
        .mappingStart(isFlow: start.style == YAML_FLOW_MAPPING_STYLE), position,
        anchor: text(start.anchor), tag: text(start.tag))
    case YAML_MAPPING_END_EVENT: return YAMLEvent(.mappingEnd, position)
    default: return YAMLEvent(.streamEnd, position)
    }
  }

  private static func text(_ pointer: UnsafeMutablePointer<yaml_char_t>?) -> String? {
    // SAFETY: libyaml's anchors and tags are null-terminated and live until the event is deleted.
    unsafe pointer.map { unsafe String(cString: $0) }
  }
}
