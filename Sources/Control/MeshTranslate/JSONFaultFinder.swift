import MeshModel
import SwiftProtobuf

/// Finds where in the proto3 JSON of a resource the faults are, which the decoder does not tell.
///
/// No field of proto3 is required, so each part of a resource can be decoded by itself, with nothing
/// but the way that leads to it. A part that cannot is halved until what is at fault stands alone.
struct JSONFaultFinder {
  typealias Value = Google_Protobuf_Value

  private(set) var faults: [MeshFault] = []

  /// One way from a message to a place in it.
  private struct Place {
    var path: FieldPath
    /// Makes the JSON of the message with a value at the place and nothing beside the way to it.
    var message: (Value) -> Value
  }

  /// - Parameters:
  ///   - root: a message in JSON with its `@type`, which is of a known message.
  ///   - path: where the message stands.
  static func faults(in root: Value, at path: FieldPath) -> [MeshFault] {
    var finder = JSONFaultFinder()
    finder.search(root, Place(path: path) { $0 })
    return finder.faults
  }

  // MARK: Search

  /// Reports what is wrong with a value that does not decode at its place.
  private mutating func search(_ value: Value, _ place: Place) {
    guard faults.count < MeshFault.limit else { return }
    if case .structValue(let fields)? = value.kind, let type = fields.fields[Self.typeKey] {
      guard JSONMessage.isKnown(type.stringValue) else {
        return report(
          "no message of this type is known here", place.path.appending(Self.typeKey),
          found: type.summary,
          accepted: KnownExtensions.names.map { "type.googleapis.com/\($0)" })
      }
      return searchParts(of: value, Place(path: place.path) { $0 })
    }
    searchParts(of: value, place)
  }

  private mutating func searchParts(of value: Value, _ place: Place) {
    guard JSONMessage.decodes(place.message(value.holding([]))) else {
      return reportWhole(value, place)
    }
    var found: [Value.Part] = []
    addFaulty(value.parts[...], to: &found) { place.message(value.holding($0)) }
    if found.isEmpty { reportWhole(value, place) }
    for part in found {
      let path = part.name.map(place.path.appending) ?? place.path.appending(part.index)
      search(
        part.value,
        Place(path: path) { other in
          var part = part
          part.value = other
          return place.message(value.holding([part]))
        })
    }
  }

  /// Adds the parts that do not decode by themselves, of one or more that do not together.
  private func addFaulty(
    _ parts: ArraySlice<Value.Part>, to found: inout [Value.Part],
    _ message: ([Value.Part]) -> Value
  ) {
    guard found.count < MeshFault.limit else { return }
    guard parts.count > 1 else { return found += parts }
    let middle = parts.startIndex + parts.count / 2
    let isFirstHalfWell = JSONMessage.decodes(message(Array(parts[..<middle])))
    if !isFirstHalfWell { addFaulty(parts[..<middle], to: &found, message) }
    // Elements do not rule one another out, as members do.
    let isSecondHalfAtFault = isFirstHalfWell && parts[middle].name == nil
    if isSecondHalfAtFault || !JSONMessage.decodes(message(Array(parts[middle...]))) {
      addFaulty(parts[middle...], to: &found, message)
    }
  }

  // MARK: Faults

  /// Reports a value none of whose parts is at fault by itself.
  private mutating func reportWhole(_ value: Value, _ place: Place) {
    switch JSONMessage.fault(of: place.message(value)) as? JSONDecodingError {
    case .unknownField?:
      report("unknown field", place.path, found: value.summary)
    case .conflictingOneOf?:
      let rivals = rivals(in: value, place).joined(separator: ", ")
      report("only one of these fields may be given", place.path, found: rivals)
    default:
      let accepted = JSONExpectation.accepted(at: place.message)
      report(
        accepted.isEmpty ? "no part of proto3 JSON" : "wrong value", place.path,
        found: value.summary,
        accepted: accepted)
    }
  }

  /// The members without any one of which the rest decodes.
  private func rivals(in value: Value, _ place: Place) -> [String] {
    value.parts.compactMap(\.name).filter { name in
      let rest = value.parts.filter { $0.name != name }
      return JSONMessage.decodes(place.message(value.holding(rest)))
    }
  }

  private mutating func report(
    _ message: String, _ path: FieldPath, found: String, accepted: [String] = []
  ) {
    faults.append(MeshFault(message, path: path, found: found, accepted: accepted))
  }

  static let typeKey = "@type"
}

/// A message in proto3 JSON whose `@type` says what it is.
enum JSONMessage {
  static func isKnown(_ typeURL: String) -> Bool {
    KnownExtensions.register()
    return messageType(typeURL) != nil
  }

  static func decodes(_ json: Google_Protobuf_Value) -> Bool {
    fault(of: json) == nil
  }

  static func fault(of json: Google_Protobuf_Value) -> (any Error)? {
    do {
      _ = try decode(json)
      return nil
    } catch {
      return error
    }
  }

  /// The message of the JSON, and of each `typed_config` in it.
  static func decode(_ json: Google_Protobuf_Value) throws -> any Message {
    let any = try Google_Protobuf_Any(jsonString: json.jsonString())
    guard let type = messageType(any.typeURL) else { throw JSONDecodingError.failure }
    let message = try type.init(unpackingAny: any)
    let _: [UInt8] = try message.serializedBytes()
    return message
  }

  private static func messageType(_ typeURL: String) -> (any Message.Type)? {
    let name = typeURL.split(separator: "/").last.map(String.init) ?? ""
    return Google_Protobuf_Any.messageType(forMessageName: name)
  }
}

extension Google_Protobuf_Value {
  /// A member of an object, or an element of a list.
  struct Part {
    /// The member's name; nil for an element.
    var name: String?
    var index = 0
    var value: Google_Protobuf_Value
  }

  /// What the value is made of, but for the `@type`.
  var parts: [Part] {
    switch kind {
    case .structValue(let object)?:
      object.fields.sorted { $0.key < $1.key }.filter { $0.key != JSONFaultFinder.typeKey }
        .map { Part(name: $0.key, value: $0.value) }
    case .listValue(let list)?:
      list.values.enumerated().map { Part(index: $0, value: $1) }
    default: []
    }
  }

  /// The value with these parts in the place of its own; one that has no parts stays as it is.
  func holding(_ parts: [Part]) -> Self {
    switch kind {
    case .structValue(let object)?:
      var fields = Dictionary(parts.map { ($0.name ?? "", $0.value) }) { first, _ in first }
      fields[JSONFaultFinder.typeKey] = object.fields[JSONFaultFinder.typeKey]
      return Self(structValue: Google_Protobuf_Struct(fields: fields))
    case .listValue?:
      var list = Google_Protobuf_ListValue()
      list.values = parts.map(\.value)
      return Self(listValue: list)
    default: return self
    }
  }

  /// A short rendering for fault messages.
  var summary: String {
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
