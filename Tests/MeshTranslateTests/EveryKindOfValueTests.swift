import MeshModel
import Testing

@testable import MeshTranslate

/// Every kind of field that raw resources have, with every kind of value: what is wrong is told with
/// its place and what is accepted there, and the rest can be decoded.
@Suite struct EveryKindOfValueTests {
  private static let values = [
    "null", "true", "\"true\"", "0", "-1", "-0.0", "1.5", "1e3", "1e39", "-1e39", "1e300", "80.0",
    "2147483648", "-2147483649", "4294967295", "4294967296", "9223372036854775807",
    "9.3e18", "1.8446744073709552e+19", "1e20", "-1e20", "\"0\"", "\"1\"", "\"080\"", "\"0x50\"",
    "\"8e1\"", "\"1.0\"", "\"1.5\"", "\"-0\"", "\"+1\"", "\" 1\"", "\"1 \"", "\"1_0\"",
    "\"9223372036854775807\"", "\"9223372036854775808\"", "\"-9223372036854775809\"",
    "\"18446744073709551615\"", "\"18446744073709551616\"", "\"NaN\"", "\"nan\"", "\"Inf\"",
    "\"Infinity\"", "\"1e39\"", "\"1e400\"", "\"\"", "\"x\"", "\"null\"", "\"\\u0000\"", "\"1s\"",
    "\"01s\"", "\"1.s\"", "\".5s\"", "\"1e1s\"", "\"0.0000000001s\"", "\"0.000000001s\"",
    "\"315576000000s\"", "\"315576000001s\"", "\"-1s\"", "\"-s\"", "\"s\"", "\"1ms\"", "\"AA==\"",
    "\"AA=\"", "\"A\"", "\"*\"", "\"-_\"", "\"+_\"", "{}", "{\"x\":1}", "{\"@type\":1}",
    "{\"@type\":\"envoy.extensions.filters.http.router.v3.Router\"}", "{\"value\":1}",
    "{\"@type\":\"type.googleapis.com/envoy.extensions.filters.http.router.v3.Router\"}",
    "{\"seconds\":1}", "{\"k\":null}", "{\"k\":{}}", "{\"k\":1}", "{\"k\":\"x\"}", "{\"k\":[]}",
    "{\"\":\"x\"}", "[]", "[null]", "[1]", "[\"x\"]", "[{}]", "[[]]", "[true]", "[\"0\"]",
  ]

  private struct Place {
    var message: String
    /// The resource in JSON, with these members of the message.
    var resource: (String) -> XDSResource
  }

  /// A field of each kind, in a message where it occurs.
  private static func fields() -> [(MessageSchema.Field, Place)] {
    var places = XDSResource.messages.map(root)
    var messages = Set(places.map(\.message))
    var kinds: Set<String> = []
    var found: [(MessageSchema.Field, Place)] = []
    while let place = places.popLast() {
      for field in MessageSchema(place.message).fields {
        if kinds.insert(kind(of: field)).inserted { found.append((field, place)) }
        guard case .message(let name) = field.kind else { continue }
        for next in name == "google.protobuf.Any" ? KnownExtensions.names : [name]
        where (next == name) != (name == "google.protobuf.Any") && !next.hasPrefix("google.") {
          guard messages.insert(next).inserted else { continue }
          places.append(inner(next, isAny: next != name, field, place))
        }
      }
    }
    return found
  }

  private static func root(_ message: String) -> Place {
    Place(message: message) { members in
      let name = message.hasSuffix("ClusterLoadAssignment") ? "cluster_name" : "name"
      let named = members.hasPrefix("\"\(name)\"") ? members : "\"\(name)\":\"a\",\(members)"
      let type = "type.googleapis.com/\(message)"
      return XDSResource(name: "r", typeURL: type, json: "{\"@type\":\"\(type)\",\(named)}")
    }
  }

  private static func inner(
    _ message: String, isAny: Bool, _ field: MessageSchema.Field, _ place: Place
  ) -> Place {
    let type = isAny ? "\"@type\":\"type.googleapis.com/\(message)\"," : ""
    return Place(message: message) { members in
      let value = "{\(type)\(members)}"
      return switch field.arity {
      case .one: place.resource("\"\(field.name)\":\(value)")
      case .list: place.resource("\"\(field.name)\":[\(value)]")
      case .map: place.resource("\"\(field.name)\":{\"k\":\(value)}")
      }
    }
  }

  private static func kind(of field: MessageSchema.Field) -> String {
    let kind =
      switch field.kind {
      case .scalar(let type): "\(type.rawValue)"
      case .enumeration: "enum"
      case .message(let name) where name.hasPrefix("google.protobuf."): name
      case .message: "message"
      }
    return "\(kind) \(field.arity) \(field.oneof != nil)"
  }

  @Test func areDecodedOrToldWithTheirPlace() throws {
    let fields = Self.fields()
    #expect(fields.count > 30)
    for (field, place) in fields {
      for value in Self.values {
        let resource = place.resource("\"\(field.name)\":\(value)")
        let faults = MeshTranslation.faults(in: Mesh([.xdsResource(resource)]))
        for fault in faults {
          let isWhole = fault.found != nil && !fault.accepted.isEmpty
          let isNamed =
            fault.path.steps.contains(.field(field.name)) || fault.message.contains("name")
          #expect(isWhole && isNamed, "\(resource.json): \(fault)")
        }
      }
    }
  }
}
