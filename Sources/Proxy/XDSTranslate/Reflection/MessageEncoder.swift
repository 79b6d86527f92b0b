/// Encodes a message in protobuf's wire form, fields in the order of their numbers, undeclared
/// fields last.
struct MessageEncoder {
  private(set) var bytes: [UInt8] = []

  static func encode(_ message: Message) -> [UInt8] {
    var encoder = MessageEncoder()
    encoder.encode(message)
    return encoder.bytes
  }

  private mutating func encode(_ message: Message) {
    if let content = message.content, case .string(let url)? = message["type_url"] {
      encodeAny(url, content)
      return
    }
    for field in message.fields.sorted(by: { $0.index < $1.index }) {
      encode(field.value, of: message.descriptor.fields[field.index])
    }
    for field in message.unknownFields { bytes += field.encoded }
  }

  private mutating func encodeAny(_ url: String, _ content: Message) {
    writeTag(1, .lengthDelimited)
    writeBytes(Array(url.utf8))
    writeTag(2, .lengthDelimited)
    writeBytes(Self.encode(content))
  }

  private mutating func encode(_ value: FieldValue, of field: FieldDescriptor) {
    if !field.isRepeated {
      if !field.hasPresence && value.isDefault { return }
      writeTag(field.number, field.kind.wireType)
      encodeValue(value, field.kind)
    } else if field.kind.isPackable {
      var packed = MessageEncoder()
      for element in value.list { packed.encodeValue(element, field.kind) }
      if packed.bytes.isEmpty { return }
      writeTag(field.number, .lengthDelimited)
      writeBytes(packed.bytes)
    } else {
      for element in value.list {
        writeTag(field.number, .lengthDelimited)
        encodeValue(element, field.kind)
      }
    }
  }

  private mutating func encodeValue(_ value: FieldValue, _ kind: FieldDescriptor.Kind) {
    switch value {
    case .bool(let value): writeVarint(value ? 1 : 0)
    case .enumeration(let value): writeVarint(UInt64(bitPattern: Int64(value)))
    case .signed(let value): encodeSigned(value, kind)
    case .unsigned(let value): encodeUnsigned(value, kind)
    case .double(let value):
      if case .float = kind {
        writeFixed(UInt64(Float(value).bitPattern), byteCount: 4)
      } else {
        writeFixed(value.bitPattern, byteCount: 8)
      }
    case .string(let text): writeBytes(Array(text.utf8))
    case .bytes(let data): writeBytes(data)
    case .message(let message): writeBytes(Self.encode(message))
    case .list: preconditionFailure("a list has no element that is a list")
    }
  }

  private mutating func encodeSigned(_ value: Int64, _ kind: FieldDescriptor.Kind) {
    switch kind {
    case .sint32, .sint64: writeVarint(UInt64(bitPattern: (value << 1) ^ (value >> 63)))
    case .sfixed32: writeFixed(UInt64(bitPattern: value), byteCount: 4)
    case .sfixed64: writeFixed(UInt64(bitPattern: value), byteCount: 8)
    default: writeVarint(UInt64(bitPattern: value))
    }
  }

  private mutating func encodeUnsigned(_ value: UInt64, _ kind: FieldDescriptor.Kind) {
    switch kind {
    case .fixed32: writeFixed(value, byteCount: 4)
    case .fixed64: writeFixed(value, byteCount: 8)
    default: writeVarint(value)
    }
  }

  private mutating func writeTag(_ number: UInt32, _ type: WireReader.WireType) {
    writeVarint(UInt64(number) << 3 | type.rawValue)
  }

  private mutating func writeBytes(_ data: [UInt8]) {
    writeVarint(UInt64(data.count))
    bytes += data
  }

  private mutating func writeVarint(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }

  private mutating func writeFixed(_ value: UInt64, byteCount: Int) {
    for index in 0..<byteCount {
      bytes.append(UInt8(truncatingIfNeeded: value >> UInt64(8 * index)))
    }
  }
}
