import Config

/// A protobuf message as a tree of values, each with the place it was read from and a mark that says
/// whether the translation looked at it. What was set but never looked at is what we ignored.
/// Not shared between threads.
final class Message {
  struct Field {
    /// Index into `descriptor.fields`.
    let index: Int
    var value: FieldValue
    var position: ConfigFinding.Position?
    var wasRead = false
  }

  /// A field that `xds/proto` does not declare, as it stood on the wire.
  struct UnknownField {
    let number: UInt32
    /// Tag and value.
    let encoded: [UInt8]
  }

  let descriptor: MessageDescriptor
  var position: ConfigFinding.Position?
  /// In the order they were set.
  private(set) var fields: [Field] = []
  var unknownFields: [UnknownField] = []
  /// For `google.protobuf.Any`: the message inside, once decoded.
  var content: Message?
  /// How deep in other messages it stood on the wire.
  var depth = 0
  /// Nothing more is to be said about this message and what is in it.
  var isSettled = false

  init(_ descriptor: MessageDescriptor, position: ConfigFinding.Position? = nil) {
    self.descriptor = descriptor
    self.position = position
  }

  func field(at index: Int) -> Field? { fields.first { $0.index == index } }

  /// The value of a field by its name in the schema; nil when it is not set.
  subscript(_ name: String) -> FieldValue? {
    get { descriptor.index(named: name).flatMap { field(at: $0)?.value } }
    set {
      guard let index = descriptor.index(named: name), let newValue else { return }
      set(index, to: newValue, position: nil)
    }
  }

  /// Sets a field; another field of the same oneof is cleared.
  func set(_ index: Int, to value: FieldValue, position: ConfigFinding.Position?) {
    if let oneof = descriptor.fields[index].oneof {
      fields.removeAll { $0.index != index && descriptor.fields[$0.index].oneof == oneof }
    }
    if let slot = fields.firstIndex(where: { $0.index == index }) {
      fields[slot].value = value
    } else {
      fields.append(Field(index: index, value: value, position: position))
    }
  }

  /// Appends to a repeated field.
  func append(_ value: FieldValue, to index: Int) {
    guard let slot = fields.firstIndex(where: { $0.index == index }) else {
      fields.append(Field(index: index, value: .list([value]), position: nil))
      return
    }
    fields[slot].value.append(value)
  }

  func markRead(_ index: Int) {
    guard let slot = fields.firstIndex(where: { $0.index == index }) else { return }
    fields[slot].wasRead = true
  }

  /// The field of the same oneof that is already set, if any.
  func rival(of index: Int) -> FieldDescriptor? {
    guard let oneof = descriptor.fields[index].oneof else { return nil }
    return fields.first { $0.index != index && descriptor.fields[$0.index].oneof == oneof }
      .map { descriptor.fields[$0.index] }
  }
}

/// The value of a field.
enum FieldValue {
  case bool(Bool)
  case signed(Int64)
  case unsigned(UInt64)
  case double(Double)
  case string(String)
  case bytes([UInt8])
  case enumeration(Int32)
  case message(Message)
  case list([FieldValue])

  /// True for what proto3 does not put on the wire without explicit presence.
  var isDefault: Bool {
    switch self {
    case .bool(let value): !value
    case .signed(let value): value == 0
    case .unsigned(let value): value == 0
    case .double(let value): value == 0 && value.sign == .plus
    case .string(let value): value.isEmpty
    case .bytes(let value): value.isEmpty
    case .enumeration(let value): value == 0
    case .list(let values): values.isEmpty
    case .message: false
    }
  }

  mutating func append(_ value: FieldValue) {
    guard case .list(var values) = self else { return }
    self = .list([])
    values.append(value)
    self = .list(values)
  }

  var message: Message? { if case .message(let value) = self { value } else { nil } }
  var string: String? { if case .string(let value) = self { value } else { nil } }
  var list: [FieldValue] { if case .list(let values) = self { values } else { [] } }
}
