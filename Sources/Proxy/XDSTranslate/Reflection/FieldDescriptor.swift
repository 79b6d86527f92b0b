/// One field of a message type.
struct FieldDescriptor: Sendable {
  enum Kind: Sendable {
    case int32, sint32, sfixed32, int64, sint64, sfixed64
    case uint32, fixed32, uint64, fixed64
    case float, double, bool, string, bytes
    case enumeration(EnumDescriptor)
    /// The full name of the message type.
    case message(String)
  }

  /// The name in the schema, snake_case.
  let name: String
  /// The canonical JSON name, lowerCamel.
  let jsonName: String
  let number: UInt32
  let kind: Kind
  let isRepeated: Bool
  /// Fields of one message with the same group exclude one another.
  let oneof: Int?

  init(name: String, number: UInt32, kind: Kind, isRepeated: Bool, oneof: Int?) {
    self.name = name
    self.jsonName = Self.camelCase(name, upperFirst: false)
    self.number = number
    self.kind = kind
    self.isRepeated = isRepeated
    self.oneof = oneof
  }

  /// False for a plain proto3 scalar, where the default value and absence are one.
  var hasPresence: Bool {
    if case .message = kind { return true }
    return oneof != nil
  }

  static func camelCase(_ name: String, upperFirst: Bool) -> String {
    var result = ""
    var upper = upperFirst
    for character in name {
      if character == "_" {
        upper = true
      } else {
        result += upper ? character.uppercased() : String(character)
        upper = false
      }
    }
    return result
  }
}

/// The values of an enumeration, in the order of their numbers.
struct EnumDescriptor: Sendable {
  struct Value: Sendable {
    let name: String
    let number: Int32
  }
  let name: String
  let values: [Value]

  /// The JSON mapping lets a reader take any case; configuration files are full of `strict_dns`.
  func number(named name: String) -> Int32? {
    let name = name.uppercased()
    return values.first { $0.name.uppercased() == name }?.number
  }

  func name(numbered number: Int32) -> String? { values.first { $0.number == number }?.name }
}
