/// Unquoted YAML scalars, by the core schema of YAML 1.2 (section 10.3.2).
///
/// So `yes`, `no`, `on` and `off` are strings. `012`, which is twelve there and ten in YAML 1.1, is
/// a string as well, so that no number is taken for another.
enum PlainScalar {
  static func value(of text: String) -> DocumentNode.Value {
    switch text {
    case "", "~", "null", "Null", "NULL": .null
    case "true", "True", "TRUE": .bool(true)
    case "false", "False", "FALSE": .bool(false)
    default: hasLeadingZero(text) ? .string(text) : integer(text) ?? number(text) ?? .string(text)
    }
  }

  static func hasLeadingZero(_ text: String) -> Bool {
    let digits = text.drop { $0 == "-" || $0 == "+" }
    return digits.first == "0" && digits.dropFirst().first?.isNumber == true
  }

  private static func integer(_ text: String) -> DocumentNode.Value? {
    if text.hasPrefix("0x") { return Int64(text.dropFirst(2), radix: 16).map { .integer($0) } }
    if text.hasPrefix("0o") { return Int64(text.dropFirst(2), radix: 8).map { .integer($0) } }
    return Int64(text).map { .integer($0) }
  }

  /// A decimal number in JSON's spelling; what YAML writes otherwise (`.5`, `1.`) is completed.
  private static func number(_ text: String) -> DocumentNode.Value? {
    guard let first = text.utf8.first, text.utf8.contains(where: { $0 >= 0x30 && $0 <= 0x39 }),
      first == UInt8(ascii: "-") || first == UInt8(ascii: "+") || first == UInt8(ascii: ".")
        || (first >= 0x30 && first <= 0x39),
      text.utf8.allSatisfy({ Self.numberBytes.contains($0) }),
      let number = Double(text), number.isFinite
    else { return nil }
    return .number("\(number)")
  }

  private static let numberBytes = Array("+-.0123456789eE".utf8)
}
