import Memory

/// Writes a message as JSON by the canonical proto3 mapping, with the schema's field names as they
/// are written in configuration files.
struct JSONEncoder {
  private var text = ""

  static func encode(_ message: Message) -> String {
    var encoder = JSONEncoder()
    encoder.write(message)
    return encoder.text
  }

  /// `text` as a JSON string.
  static func quoted(_ text: String) -> String {
    var encoder = JSONEncoder()
    encoder.writeString(text)
    return encoder.text
  }

  private mutating func write(_ message: Message) {
    if let type = WellKnownType(rawValue: message.descriptor.name) {
      return writeWellKnown(type, message)
    }
    text += "{"
    writeFields(of: message, isFirst: true)
    text += "}"
  }

  private mutating func writeFields(of message: Message, isFirst: Bool) {
    var isFirst = isFirst
    for slot in message.fields.sorted(by: { $0.index < $1.index }) {
      let field = message.descriptor.fields[slot.index]
      if !field.hasPresence && slot.value.isDefault { continue }
      text += isFirst ? "" : ","
      isFirst = false
      writeString(field.name)
      text += ":"
      if Self.secrets[message.descriptor.name]?.contains(field.name) == true {
        writeSecret(slot.value)
      } else {
        write(slot.value, field)
      }
    }
  }

  /// Fields that hold key material in a `DataSource`, by their message.
  private static let secrets: [String: Set<String>] = [
    "envoy.extensions.transport_sockets.tls.v3.TlsCertificate": [
      "private_key", "password", "pkcs12",
    ],
    "envoy.extensions.transport_sockets.tls.v3.TlsSessionTicketKeys": ["keys"],
  ]

  /// Shows where it is read from, and nothing of what stands here.
  private mutating func writeSecret(_ value: FieldValue) {
    switch value {
    case .message(let source) where source["filename"] != nil: write(source)
    case .list(let elements):
      text += "["
      for (index, element) in elements.enumerated() {
        text += index == 0 ? "" : ","
        writeSecret(element)
      }
      text += "]"
    default: text += "{\"inline_string\":\"[redacted]\"}"
    }
  }

  private mutating func write(_ value: FieldValue, _ field: FieldDescriptor) {
    guard case .list(let values) = value else { return write(value, field.kind) }
    if case .message(let entry)? = values.first, entry.descriptor.isMapEntry(of: field) {
      return writeMap(values)
    }
    text += "["
    for (index, element) in values.enumerated() {
      text += index == 0 ? "" : ","
      write(element, field.kind)
    }
    text += "]"
  }

  private mutating func writeMap(_ entries: [FieldValue]) {
    text += "{"
    for (index, entry) in entries.enumerated() {
      guard let message = entry.message else { continue }
      text += index == 0 ? "" : ","
      let kinds = message.descriptor.fields.map(\.kind)
      writeKey(message.field(at: 0)?.value ?? FieldValue.zero(of: kinds[0]))
      text += ":"
      write(message.field(at: 1)?.value ?? FieldValue.zero(of: kinds[1]), kinds[1])
    }
    text += "}"
  }

  private mutating func writeKey(_ key: FieldValue) {
    switch key {
    case .string(let value): writeString(value)
    case .signed(let value): writeString(String(value))
    case .unsigned(let value): writeString(String(value))
    case .bool(let value): writeString(value ? "true" : "false")
    default: writeString("")
    }
  }

  private mutating func write(_ value: FieldValue, _ kind: FieldDescriptor.Kind) {
    switch value {
    case .bool(let value): text += value ? "true" : "false"
    case .signed(let value): writeInteger(String(value), kind)
    case .unsigned(let value): writeInteger(String(value), kind)
    case .double(let value): writeNumber(value, kind)
    case .string(let value): writeString(value)
    case .bytes(let value): writeString(Base64.encode(value))
    case .message(let value): write(value)
    case .enumeration(let value):
      if case .enumeration(let type) = kind, let name = type.name(numbered: value) {
        writeString(name)
      } else {
        text += String(value)
      }
    case .list: preconditionFailure("a list has no element that is a list")
    }
  }

  private mutating func writeInteger(_ digits: String, _ kind: FieldDescriptor.Kind) {
    switch kind {
    case .int64, .sint64, .sfixed64, .uint64, .fixed64: writeString(digits)
    default: text += digits
    }
  }

  private mutating func writeNumber(_ value: Double, _ kind: FieldDescriptor.Kind) {
    guard value.isFinite else {
      return writeString(value.isNaN ? "NaN" : value < 0 ? "-Infinity" : "Infinity")
    }
    if case .float = kind {
      text += Self.withoutZeroFraction(Float(value).description)
    } else {
      text += Self.digits(of: value)
    }
  }

  /// The shortest digits that read back as `value`, without `.0`.
  static func digits(of value: Double) -> String { withoutZeroFraction(value.description) }

  private static func withoutZeroFraction(_ digits: String) -> String {
    digits.hasSuffix(".0") ? String(digits.dropLast(2)) : digits
  }

  private mutating func writeString(_ value: String) {
    text += "\""
    for scalar in value.unicodeScalars {
      switch scalar {
      case "\"": text += "\\\""
      case "\\": text += "\\\\"
      case "\n": text += "\\n"
      case "\r": text += "\\r"
      case "\t": text += "\\t"
      case _ where scalar.value < 0x20 || scalar.value == 0x7F:
        let digits = String(scalar.value, radix: 16)
        text += "\\u" + String(repeating: "0", count: 4 - digits.utf8.count) + digits
      default: text.unicodeScalars.append(scalar)
      }
    }
    text += "\""
  }
}

extension JSONEncoder {
  private mutating func writeWellKnown(_ type: WellKnownType, _ message: Message) {
    switch type {
    case .any: writeAny(message)
    case .duration: writeString(DurationText.encode(DurationText.Parts(message)))
    case .timestamp: writeString(TimestampText.encode(message))
    case .structure: writeMap(message.field(at: 0)?.value.list ?? [])
    case .listValue:
      text += "["
      for (index, element) in (message.field(at: 0)?.value.list ?? []).enumerated() {
        text += index == 0 ? "" : ","
        write(element, message.descriptor.fields[0].kind)
      }
      text += "]"
    case .value:
      guard let slot = message.fields.first,
        message.descriptor.fields[slot.index].name != "null_value"
      else {
        text += "null"
        return
      }
      write(slot.value, message.descriptor.fields[slot.index].kind)
    default: writeWrapper(message)
    }
  }

  private mutating func writeWrapper(_ message: Message) {
    let kind = message.descriptor.fields[0].kind
    write(message.field(at: 0)?.value ?? FieldValue.zero(of: kind), kind)
  }

  private mutating func writeAny(_ message: Message) {
    let url = message["type_url"]?.string ?? ""
    text += "{\"@type\":"
    writeString(url)
    if let content = message.openedContent() {
      if WellKnownType(rawValue: content.descriptor.name) != nil {
        text += ",\"value\":"
        write(content)
      } else {
        writeFields(of: content, isFirst: false)
      }
    } else if let value = message["value"] {
      text += ",\"value\":"
      write(value, .bytes)
    }
    text += "}"
  }
}

extension FieldValue {
  /// What an absent scalar of `kind` means.
  static func zero(of kind: FieldDescriptor.Kind) -> FieldValue {
    switch kind {
    case .int32, .sint32, .sfixed32, .int64, .sint64, .sfixed64: .signed(0)
    case .uint32, .fixed32, .uint64, .fixed64: .unsigned(0)
    case .float, .double: .double(0)
    case .bool: .bool(false)
    case .string: .string("")
    case .bytes: .bytes([])
    case .enumeration: .enumeration(0)
    case .message(let name): .message(Message(Schema.shared.declared(name)))
    }
  }
}
