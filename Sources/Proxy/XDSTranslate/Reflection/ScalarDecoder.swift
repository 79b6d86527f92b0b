import Memory

/// Turns a YAML scalar into a field's value. The second result says what is accepted.
enum ScalarDecoder {
  static func decode(_ node: YAMLNode, _ kind: FieldDescriptor.Kind) -> (FieldValue?, String) {
    guard case .scalar(let text, let isPlain) = node.content else { return (nil, accepted(kind)) }
    return (decode(text, isPlain: isPlain, kind), accepted(kind))
  }

  private static func decode(_ text: String, isPlain: Bool, _ kind: FieldDescriptor.Kind)
    -> FieldValue?
  {
    switch kind {
    case .int32, .sint32, .sfixed32:
      return integer(text).flatMap { Int32(exactly: $0) }.map { .signed(Int64($0)) }
    case .int64, .sint64, .sfixed64:
      return integer(text).flatMap { Int64(exactly: $0) }.map { .signed($0) }
    case .uint32, .fixed32:
      return integer(text).flatMap { UInt32(exactly: $0) }.map { .unsigned(UInt64($0)) }
    case .uint64, .fixed64:
      return integer(text).flatMap { UInt64(exactly: $0) }.map { .unsigned($0) }
    case .float: return number(text).map { .double(Double(Float($0))) }
    case .double: return number(text).map { .double($0) }
    case .bool: return isPlain ? boolean(text).map { .bool($0) } : nil
    case .string: return .string(text)
    case .bytes: return Base64.decode(text).map { .bytes($0) }
    case .enumeration(let type):
      if let number = type.number(named: text) { return .enumeration(number) }
      guard let number = integer(text).flatMap({ Int32(exactly: $0) }),
        type.name(numbered: number) != nil
      else { return nil }
      return .enumeration(number)
    case .message: return nil
    }
  }

  /// `1`, `-1`, `1e3`, `1.0`; no leading zeros, which YAML 1.1 would read as octal.
  static func integer(_ text: String) -> Int128? {
    guard let number = number(text) else { return nil }
    if let exact = Int128(text) { return exact }
    return number.magnitude < 9_007_199_254_740_992 ? Int128(exactly: number) : nil
  }

  /// JSON's numbers, and `NaN`, `Infinity`, `-Infinity`.
  static func number(_ text: String) -> Double? {
    switch text {
    case "NaN", ".nan": return .nan
    case "Infinity", ".inf": return .infinity
    case "-Infinity", "-.inf": return -.infinity
    default: break
    }
    let digits = Array(text.utf8.drop { $0 == UInt8(ascii: "-") })
    guard let first = digits.first, first >= 0x30, first <= 0x39,
      text.utf8.count - digits.count <= 1
    else { return nil }
    if digits.count > 1 && first == 0x30 && digits[1] >= 0x30 && digits[1] <= 0x39 { return nil }
    guard digits.allSatisfy({ (0x30...0x39).contains($0) || "eE+-.".utf8.contains($0) }) else {
      return nil
    }
    return Double(text)
  }

  static func boolean(_ text: String) -> Bool? {
    switch text {
    case "true", "True", "TRUE": true
    case "false", "False", "FALSE": false
    default: nil
    }
  }

  private static func accepted(_ kind: FieldDescriptor.Kind) -> String {
    switch kind {
    case .int32, .sint32, .sfixed32: "an integer of 32 bits"
    case .int64, .sint64, .sfixed64: "an integer of 64 bits"
    case .uint32, .fixed32: "an integer from 0 to 4294967295"
    case .uint64, .fixed64: "an integer from 0 to 18446744073709551615"
    case .float, .double: "a number"
    case .bool: "true or false"
    case .string: "a string"
    case .bytes: "base64"
    case .enumeration(let type): "one of " + type.values.map(\.name).joined(separator: ", ")
    case .message: "a mapping"
    }
  }
}
