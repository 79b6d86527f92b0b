import Config
import Testing

@testable import XDSTranslate

/// The canonical proto3 JSON mapping, both ways.
@Suite struct JSONMappingTests {
  @Test(arguments: [
    ("google.protobuf.Duration", "5s", #""5s""#),
    ("google.protobuf.Duration", "0.250s", #""0.25s""#),
    ("google.protobuf.Duration", "-1.000000001s", #""-1.000000001s""#),
    ("google.protobuf.Duration", "-0.5s", #""-0.5s""#),
    ("google.protobuf.UInt64Value", "18446744073709551615", #""18446744073709551615""#),
    ("google.protobuf.UInt64Value", "\"7\"", #""7""#),
    ("google.protobuf.UInt32Value", "1e3", "1000"),
    ("google.protobuf.UInt32Value", "1.0", "1"),
    ("google.protobuf.Int32Value", "-2147483648", "-2147483648"),
    ("google.protobuf.DoubleValue", "NaN", #""NaN""#),
    ("google.protobuf.DoubleValue", "-Infinity", #""-Infinity""#),
    ("google.protobuf.DoubleValue", "0.1", "0.1"),
    ("google.protobuf.FloatValue", "0.1", "0.1"),
    ("google.protobuf.BoolValue", "true", "true"),
    ("google.protobuf.StringValue", "1.10", #""1.10""#),
    ("google.protobuf.StringValue", #""\u0001\"\\""#, #""\u0001\"\\""#),
    ("google.protobuf.BytesValue", "AP8_", #""AP8/""#),
    ("google.protobuf.BytesValue", "AA==", #""AA==""#),
    ("google.protobuf.Value", "null", "null"),
    ("google.protobuf.Value", "[1, a, true, null, {b: c}]", #"[1,"a",true,null,{"b":"c"}]"#),
    ("google.protobuf.Struct", "{a: 1.5, b: \"1.5\"}", #"{"a":1.5,"b":"1.5"}"#),
    ("google.protobuf.Struct", "{}", "{}"),
    ("google.protobuf.Empty", "{}", "{}"),
    (
      "envoy.config.cluster.v3.Cluster", "{lbPolicy: RANDOM, name: a}",
      #"{"name":"a","lb_policy":"RANDOM"}"#
    ),
    ("envoy.config.cluster.v3.Cluster", "{lb_policy: random}", #"{"lb_policy":"RANDOM"}"#),
    ("envoy.config.cluster.v3.Cluster", "{lb_policy: 3}", #"{"lb_policy":"RANDOM"}"#),
    ("envoy.config.cluster.v3.Cluster", "{name: null, type: STATIC}", #"{"type":"STATIC"}"#),
  ])
  func readsAndWrites(_ type: String, _ yaml: String, _ json: String) throws {
    let read = try message(yaml, as: type)
    #expect(JSONEncoder.encode(read) == json)
    let sent = try MessageDecoder.decode(MessageEncoder.encode(read), as: read.descriptor)
    #expect(JSONEncoder.encode(sent) == json)
    #expect(JSONEncoder.encode(try message(json, as: type)) == json)
  }

  @Test(arguments: [
    ("google.protobuf.Duration", "5"), ("google.protobuf.Duration", "5m"),
    ("google.protobuf.Duration", "1.0000000001s"), ("google.protobuf.Duration", "s"),
    ("google.protobuf.Duration", "315576000001s"), ("google.protobuf.Duration", "--5s"),
    ("google.protobuf.Duration", "{seconds: 5}"), ("google.protobuf.UInt32Value", "-1"),
    ("google.protobuf.UInt32Value", "4294967296"), ("google.protobuf.UInt32Value", "1.5"),
    ("google.protobuf.UInt32Value", "0x10"), ("google.protobuf.UInt32Value", "010"),
    ("google.protobuf.UInt32Value", "1_000"), ("google.protobuf.UInt32Value", "+1"),
    ("google.protobuf.UInt32Value", "\"\""), ("google.protobuf.BoolValue", "yes"),
    ("google.protobuf.BoolValue", "\"true\""), ("google.protobuf.BoolValue", "1"),
    ("google.protobuf.BytesValue", "a"), ("google.protobuf.BytesValue", "a*=="),
    ("google.protobuf.StringValue", "[a]"), ("google.protobuf.ListValue", "{a: b}"),
    ("google.protobuf.Struct", "[a]"), ("google.protobuf.Any", "{a: b}"),
  ])
  func refuses(_ type: String, _ yaml: String) throws {
    let report = Report()
    let decoded = NodeDecoder(report: report).decode(
      try YAMLComposer.compose(Array(yaml.utf8 + [0x0A])), as: Schema.shared.declared(type), .root)
    #expect(decoded == nil)
    #expect(report.findings.count == 1)
  }

  @Test func opensAnyByItsType() throws {
    let yaml = """
      { name: x, typed_config: { "@type": "type.googleapis.com/google.protobuf.Duration", value: 5s } }
      """
    let filter = try message(yaml, as: "envoy.config.listener.v3.Filter")
    let json =
      #"{"name":"x","typed_config":{"@type":"type.googleapis.com/google.protobuf.Duration","value":"5s"}}"#
    #expect(JSONEncoder.encode(filter) == json)
    let sent = try MessageDecoder.decode(MessageEncoder.encode(filter), as: filter.descriptor)
    #expect(JSONEncoder.encode(sent) == json)
  }

  @Test func writesAnAnyOfAnUnknownTypeAsBytes() throws {
    let any = Message(Schema.shared.declared("google.protobuf.Any"))
    any["type_url"] = .string("type.googleapis.com/a.b.C")
    any["value"] = .bytes([0, 1])
    #expect(JSONEncoder.encode(any) == #"{"@type":"type.googleapis.com/a.b.C","value":"AAE="}"#)
  }

  @Test(arguments: [
    (0, 0, "1970-01-01T00:00:00Z"), (951_782_400, 5, "2000-02-29T00:00:00.000000005Z"),
    (-1, 0, "1969-12-31T23:59:59Z"), (1_700_000_000, 0, "2023-11-14T22:13:20Z"),
  ])
  func writesTimestamps(_ seconds: Int64, _ nanoseconds: Int64, _ text: String) {
    let stamp = Message(Schema.shared.declared("google.protobuf.Timestamp"))
    stamp["seconds"] = .signed(seconds)
    stamp["nanos"] = .signed(nanoseconds)
    #expect(JSONEncoder.encode(stamp) == "\"\(text)\"")
  }

  /// Seconds and nanoseconds that a hostile peer may send.
  @Test(arguments: [
    (Int64.min, #""0001-01-01T00:00:00Z""#), (.max, #""9999-12-31T23:59:59Z""#),
    (-1, #""1969-12-31T23:59:59Z""#), (1_700_000_000, #""2023-11-14T22:13:20Z""#),
  ])
  func writesAnyTimestamp(_ seconds: Int64, _ json: String) throws {
    var bytes: [UInt8] = [0x08]
    var rest = UInt64(bitPattern: seconds)
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
    let descriptor = Schema.shared.declared("google.protobuf.Timestamp")
    #expect(JSONEncoder.encode(try MessageDecoder.decode(bytes, as: descriptor)) == json)
  }

  @Test func opensMessagesInMessagesToABoundedDepth() throws {
    let descriptor = Schema.shared.declared("google.protobuf.Any")
    var nested = Message(descriptor)
    for _ in 0..<300 {
      let outer = Message(descriptor)
      outer["type_url"] = .string("type.googleapis.com/google.protobuf.Any")
      outer["value"] = .bytes(MessageEncoder.encode(nested))
      nested = outer
    }
    let sent = try MessageDecoder.decode(MessageEncoder.encode(nested), as: descriptor)
    let opened = JSONEncoder.encode(sent).split(separator: "@type").count - 1
    #expect(opened == WireReader.maxDepth)
  }
}
