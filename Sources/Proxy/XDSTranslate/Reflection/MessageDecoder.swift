/// Decodes protobuf's wire form by descriptor. Undeclared fields are kept, not dropped.
struct MessageDecoder {
  /// The most messages that one resource may hold.
  static let maxMessages = 1_000_000

  private final class Budget { var messages = MessageDecoder.maxMessages }

  private var reader: WireReader
  private let depth: Int
  private let budget: Budget

  /// - Parameter depth: how deep in other messages the bytes stood.
  static func decode(
    _ bytes: [UInt8], as descriptor: MessageDescriptor, depth: Int = 0
  ) throws(WireFault) -> Message {
    let message = Message(descriptor)
    var decoder = MessageDecoder(reader: WireReader(bytes), depth: depth, budget: Budget())
    try decoder.decode(into: message)
    return message
  }

  private init(reader: WireReader, depth: Int, budget: Budget) {
    self.reader = reader
    self.depth = depth
    self.budget = budget
  }

  private mutating func decode(into message: Message) throws(WireFault) {
    guard depth < WireReader.maxDepth else { throw .tooDeep }
    message.depth = depth
    while !reader.isAtEnd {
      let start = reader.offset
      let (number, type) = try reader.readTag()
      let index = message.descriptor.index(numbered: number)
      if let index, try decodeField(index, type, into: message) { continue }
      try reader.skip(type)
      message.unknownFields.append(
        .init(number: number, encoded: Array(reader.bytes[start..<reader.offset])))
    }
  }

  /// False when the wire type is not one the field can have; nothing is consumed then.
  private mutating func decodeField(
    _ index: Int, _ type: WireReader.WireType, into message: Message
  ) throws(WireFault) -> Bool {
    let field = message.descriptor.fields[index]
    if type == field.kind.wireType {
      let value = try decodeValue(field, merging: field.isRepeated ? nil : message.field(at: index))
      if field.isRepeated {
        message.append(value, to: index)
      } else {
        message.set(index, to: value, position: nil)
      }
      return true
    }
    guard type == .lengthDelimited, field.isRepeated, field.kind.isPackable else { return false }
    let range = try reader.readRange()
    var packed = MessageDecoder(
      reader: WireReader(reader.bytes, range), depth: depth, budget: budget)
    while !packed.reader.isAtEnd {
      message.append(try packed.decodeValue(field, merging: nil), to: index)
    }
    return true
  }

  private mutating func decodeValue(_ field: FieldDescriptor, merging earlier: Message.Field?)
    throws(WireFault) -> FieldValue
  {
    switch field.kind {
    case .int32: return .signed(Int64(Int32(truncatingIfNeeded: try reader.readVarint())))
    case .int64: return .signed(Int64(bitPattern: try reader.readVarint()))
    case .uint32: return .unsigned(UInt64(UInt32(truncatingIfNeeded: try reader.readVarint())))
    case .uint64: return .unsigned(try reader.readVarint())
    case .sint32, .sint64:
      let raw = try reader.readVarint()
      return .signed(Int64(bitPattern: raw >> 1) ^ -Int64(bitPattern: raw & 1))
    case .sfixed32:
      return .signed(Int64(Int32(truncatingIfNeeded: try reader.readFixed(byteCount: 4))))
    case .sfixed64: return .signed(Int64(bitPattern: try reader.readFixed(byteCount: 8)))
    case .fixed32: return .unsigned(try reader.readFixed(byteCount: 4))
    case .fixed64: return .unsigned(try reader.readFixed(byteCount: 8))
    case .float:
      let bits = UInt32(truncatingIfNeeded: try reader.readFixed(byteCount: 4))
      return .double(Double(Float(bitPattern: bits)))
    case .double: return .double(Double(bitPattern: try reader.readFixed(byteCount: 8)))
    case .bool: return .bool(try reader.readVarint() != 0)
    case .enumeration:
      return .enumeration(Int32(truncatingIfNeeded: try reader.readVarint()))
    case .string:
      guard let text = String(validating: reader.bytes[try reader.readRange()], as: UTF8.self)
      else { throw .notUTF8(field: field.name) }
      return .string(text)
    case .bytes: return .bytes(Array(reader.bytes[try reader.readRange()]))
    case .message(let name): return try decodeMessage(named: name, merging: earlier)
    }
  }

  private mutating func decodeMessage(named name: String, merging earlier: Message.Field?)
    throws(WireFault) -> FieldValue
  {
    let message = earlier?.value.message ?? Message(Schema.shared.declared(name))
    let range = try reader.readRange()
    budget.messages -= 1
    guard budget.messages > 0 else { throw .tooManyMessages }
    var inner = MessageDecoder(
      reader: WireReader(reader.bytes, range), depth: depth + 1, budget: budget)
    try inner.decode(into: message)
    return .message(message)
  }
}

extension FieldDescriptor.Kind {
  var wireType: WireReader.WireType {
    switch self {
    case .fixed32, .sfixed32, .float: .fixed32
    case .fixed64, .sfixed64, .double: .fixed64
    case .string, .bytes, .message: .lengthDelimited
    default: .varint
    }
  }

  /// Numbers, booleans and enumerations may stand packed in one length-delimited value.
  var isPackable: Bool { wireType != .lengthDelimited }
}
