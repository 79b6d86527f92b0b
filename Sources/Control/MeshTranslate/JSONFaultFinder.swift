import MeshModel
import SwiftProtobuf

/// Finds in the proto3 JSON of a resource what is wrong with it, each fault with its place and what
/// is accepted there. It goes once over the values, beside the schema.
struct JSONFaultFinder {
  typealias Value = Google_Protobuf_Value

  private var faults: [MeshFault] = []
  private var schemas: [String: MessageSchema] = [:]

  /// - Parameters:
  ///   - root: a message in JSON with its `@type`.
  ///   - path: where the message stands.
  /// - Returns: the first `MeshFault.limit` faults.
  static func faults(in root: Value, at path: FieldPath) -> [MeshFault] {
    var finder = JSONFaultFinder()
    finder.checkAny(root, path)
    return finder.faults
  }

  // MARK: Messages

  private mutating func check(_ value: Value, as message: String, _ path: FieldPath) {
    switch message {
    case "google.protobuf.Any": checkAny(value, path)
    case "google.protobuf.Duration": checkDuration(value, path)
    case "google.protobuf.Struct": _ = members(of: value, path)
    case "google.protobuf.ListValue": _ = elements(of: value, path)
    case "google.protobuf.Value": break
    case let wrapper where wrapper.hasPrefix("google.protobuf.") && wrapper.hasSuffix("Value"):
      checkOne(value, schema(wrapper).fields[0].kind, path)
    default:
      guard let members = members(of: value, path) else { return }
      check(members, as: message, path)
    }
  }

  private mutating func check(
    _ members: [(name: String, value: Value)], as message: String, _ path: FieldPath
  ) {
    let schema = schema(message)
    var given: [Int: String] = [:]
    for (name, value) in members where faults.count < MeshFault.limit {
      let place = path.appending(name)
      guard let index = schema.index(of: name) else {
        reportUnknown(name, value, schema, place)
        continue
      }
      if let other = given.updateValue(name, forKey: index) {
        report(
          "given twice: \(other) is the same field", place, found: value, ["one of the two names"])
      } else if !value.isNull {
        check(value, schema.fields[index], place)
      }
    }
    let isSet = Dictionary(members.map { ($0.name, !$0.value.isNull) }) { first, _ in first }
    reportRivals(given.filter { isSet[$0.value] == true }, schema, path)
  }

  private mutating func reportRivals(
    _ given: [Int: String], _ schema: MessageSchema, _ path: FieldPath
  ) {
    let groups = Dictionary(grouping: given.keys) { schema.fields[$0].oneof }
    for (oneof, indexes) in groups where oneof != nil && indexes.count > 1 {
      let rivals = indexes.compactMap { given[$0] }.sorted().joined(separator: ", ")
      report("only one of these fields may be given", path, rivals, ["one of them"])
    }
  }

  private mutating func checkAny(_ value: Value, _ path: FieldPath) {
    guard let members = members(of: value, path) else { return }
    let type = members.first { $0.name == Self.typeKey }?.value ?? Value()
    let parts = type.stringValue.split(separator: "/", omittingEmptySubsequences: false)
    let name = parts.last.map(String.init) ?? ""
    guard parts.count > 1, KnownExtensions.names.contains(name) else {
      return report(
        "no message of this type is known here", path.appending(Self.typeKey), found: type,
        KnownExtensions.names.map { "type.googleapis.com/\($0)" })
    }
    check(members.filter { $0.name != Self.typeKey }, as: name, path)
  }

  private mutating func checkDuration(_ value: Value, _ path: FieldPath) {
    guard let text = value.text, DurationText.isWritten(text) else {
      return report("wrong value", path, found: value, [DurationText.accepted])
    }
    if text.hasPrefix("-") {
      report("a duration is not negative", path, found: value, [DurationText.accepted])
    }
  }

  // MARK: Fields

  private mutating func check(_ value: Value, _ field: MessageSchema.Field, _ path: FieldPath) {
    switch field.arity {
    case .one: checkOne(value, field.kind, path)
    case .list:
      for (index, element) in elements(of: value, path).enumerated() {
        guard faults.count < MeshFault.limit else { return }
        checkOne(element, field.kind, path.appending(index))
      }
    case .map:
      for (key, value) in members(of: value, path) ?? [] {
        guard faults.count < MeshFault.limit else { return }
        checkOne(value, field.kind, path.appending(key))
      }
    }
  }

  private mutating func checkOne(_ value: Value, _ kind: MessageSchema.Kind, _ path: FieldPath) {
    switch kind {
    case .message(let name): check(value, as: name, path)
    case .enumeration(let values):
      if !values.contains(where: { value.names($0.name, $0.number) }) {
        report("wrong value", path, found: value, values.map(\.name))
      }
    case .scalar(let type):
      let expectation = ScalarExpectation(type)
      if !expectation.takes(value) {
        report("wrong value", path, found: value, [expectation.accepted])
      }
    }
  }

  /// In the order of their names; nil, with a fault, when the value is no mapping.
  private mutating func members(
    of value: Value, _ path: FieldPath
  ) -> [(name: String, value: Value)]? {
    guard case .structValue(let object)? = value.kind else {
      report("wrong value", path, found: value, ["a mapping"])
      return nil
    }
    return object.fields.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
  }

  private mutating func elements(of value: Value, _ path: FieldPath) -> [Value] {
    if case .listValue(let list)? = value.kind { return list.values }
    report("wrong value", path, found: value, ["a list"])
    return []
  }

  private mutating func schema(_ message: String) -> MessageSchema {
    if let known = schemas[message] { return known }
    let schema = MessageSchema(message)
    schemas[message] = schema
    return schema
  }

  // MARK: Faults

  private mutating func reportUnknown(
    _ name: String, _ value: Value, _ schema: MessageSchema, _ path: FieldPath
  ) {
    let known = schema.fields.map(\.name)
    let near = nearestHint(to: name, in: known)
    report("unknown field\(near)", path, found: value, known)
  }

  private mutating func report(
    _ message: String, _ path: FieldPath, found: Value, _ accepted: [String] = []
  ) {
    report(message, path, found.summary, accepted)
  }

  private mutating func report(
    _ message: String, _ path: FieldPath, _ found: String, _ accepted: [String] = []
  ) {
    faults.append(MeshFault(message, path: path, found: found, accepted: accepted))
  }

  private static let typeKey = "@type"
}

extension Google_Protobuf_Value {
  fileprivate var isNull: Bool {
    if case .nullValue? = kind { true } else { false }
  }

  /// Whether it is this value of an enum, by its name or its number; a number in quotes is neither.
  fileprivate func names(_ name: String, _ number: Int32) -> Bool {
    switch kind {
    case .stringValue(let text)?: text == name
    case .numberValue(let value)?: value == Double(number)
    default: false
    }
  }

  /// A short rendering for fault messages.
  fileprivate var summary: String {
    switch kind {
    case .structValue(let object)?: "a mapping of \(object.fields.count)"
    case .listValue(let list)?: "a list of \(list.values.count)"
    case .stringValue(let text)?: "\"\(text.prefix(80))\""
    case .numberValue(let number)?: Int64(exactly: number).map { "\($0)" } ?? "\(number)"
    case .boolValue(let bool)?: "\(bool)"
    default: "nothing"
    }
  }
}
