import SwiftProtobuf

/// What may stand at a place of a message, found by trying: the decoder knows it and does not tell.
enum JSONExpectation {
  typealias Value = Google_Protobuf_Value

  /// - Parameter message: the JSON of the message with a value at the place.
  /// - Returns: empty when nothing that is tried may stand there.
  static func accepted(at message: (Value) -> Value) -> [String] {
    func takes(_ value: Value) -> Bool { JSONMessage.decodes(message(value)) }
    if takes(Value(stringValue: "text")) { return ["a string"] }
    if takes(Value(boolValue: true)) { return ["true or false"] }
    if takes(Value(stringValue: "1.5s")) { return ["a duration such as \"1.5s\""] }
    if takes(Value(structValue: Google_Protobuf_Struct())) { return ["a mapping"] }
    if takes(Value(listValue: Google_Protobuf_ListValue())) { return ["a list"] }
    guard takes(1) else { return [] }
    let names = enumNames(at: message)
    return names.isEmpty ? [range(takes)] : names
  }

  private static func range(_ takes: (Value) -> Bool) -> String {
    if takes(0.5) { return "a number" }
    switch (takes(-1), takes(Value(numberValue: 4_294_967_296))) {
    case (true, true): return "an integer"
    case (false, true): return "an integer from 0"
    case (true, false): return "an integer from \(Int32.min) to \(Int32.max)"
    case (false, false): return "an integer from 0 to \(UInt32.max)"
    }
  }

  // MARK: Enums

  /// Highest number of a value that is tried.
  private static let maxEnumNumber = 64

  /// Names of values with the number zero: the encoder leaves them out, as it does all defaults.
  static let zeroNames = [
    "ALLOW", "ANY", "APPEND_IF_EXISTS_OR_ADD", "AUTO", "DEFAULT", "EQ", "HUNDRED",
    "IMPLEMENTATION_SPECIFIC_DEFAULT", "METHOD_UNSPECIFIED", "MOVED_PERMANENTLY", "NONE", "OK",
    "OVERWRITE", "ROUND_ROBIN", "SANITIZE", "SECONDS", "SERVICE_UNAVAILABLE", "STATE_PREBIND",
    "STATIC", "TCP", "UNKNOWN", "UNSPECIFIED", "XX_HASH",
  ]

  private static func enumNames(at message: (Value) -> Value) -> [String] {
    let named = (1...maxEnumNumber).compactMap { number -> String? in
      guard let decoded = try? JSONMessage.decode(message(Value(numberValue: Double(number)))),
        let json = try? Value(jsonString: decoded.jsonString()),
        case .stringValue(let name)? = innermost(json).kind, UInt64(name) == nil
      else { return nil }
      return name
    }
    guard !named.isEmpty else { return [] }
    let zero = zeroNames.filter { JSONMessage.decodes(message(Value(stringValue: $0))) }
    return zero.filter { !named.contains($0) } + named
  }

  /// The value that a message holds which holds nothing else.
  private static func innermost(_ value: Value) -> Value {
    var value = value
    while value.parts.count == 1 { value = value.parts[0].value }
    return value
  }
}
