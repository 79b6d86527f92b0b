import Config
import Testing

@testable import XDSTranslate

@Suite struct WireTests {
  private static let assignment = """
    cluster_name: api
    endpoints:
      - locality: { region: eu, zone: a }
        priority: 1
        load_balancing_weight: 3
        lb_endpoints:
          - endpoint: { address: { socket_address: { address: 10.0.0.1, port_value: 80 } } }
            health_status: DRAINING
            metadata: { filter_metadata: { lb: { version: 1.5, tags: [a, null, true] } } }
    """

  @Test func encodesWhatTheSpecificationSays() throws {
    // protobuf.dev, Encoding: message Test1 { int32 a = 1; } with a = 150 is 08 96 01.
    #expect(try wire("150", as: "google.protobuf.Int32Value") == [0x08, 0x96, 0x01])
    #expect(
      try wire("-1", as: "google.protobuf.Int64Value") == [0x08] + Array(repeating: 0xFF, count: 9)
        + [0x01])
    #expect(
      try wire("testing", as: "google.protobuf.StringValue") == [0x0A, 7] + Array("testing".utf8))
    #expect(try wire("1.0", as: "google.protobuf.FloatValue") == [0x0D, 0, 0, 0x80, 0x3F])
    #expect(
      try wire("1.0", as: "google.protobuf.DoubleValue") == [0x09, 0, 0, 0, 0, 0, 0, 0xF0, 0x3F])
    #expect(try wire("false", as: "google.protobuf.BoolValue") == [])
  }

  @Test func decodesWhatItEncoded() throws {
    let bytes = try wire(Self.assignment, as: TypeName.clusterLoadAssignment)
    let descriptor = Schema.shared.declared(TypeName.clusterLoadAssignment)
    let again = try MessageDecoder.decode(bytes, as: descriptor)
    #expect(MessageEncoder.encode(again) == bytes)
    let original = try message(Self.assignment, as: TypeName.clusterLoadAssignment)
    #expect(JSONEncoder.encode(again) == JSONEncoder.encode(original))
  }

  @Test func refusesEveryCutThatIsNotBetweenFields() throws {
    let bytes = try wire(Self.assignment, as: TypeName.clusterLoadAssignment)
    let descriptor = Schema.shared.declared(TypeName.clusterLoadAssignment)
    // The two fields of the assignment end after the name and at the end.
    let whole: Set<Int> = [0, 5, bytes.count]
    for count in 0...bytes.count {
      let decoded = try? MessageDecoder.decode(Array(bytes.prefix(count)), as: descriptor)
      #expect((decoded != nil) == whole.contains(count), "cut at \(count)")
    }
  }

  @Test func survivesEveryChangedByte() throws {
    let bytes = try wire(Self.assignment, as: TypeName.clusterLoadAssignment)
    for index in bytes.indices {
      for bit in 0..<8 {
        var changed = bytes
        changed[index] ^= 1 << bit
        let translated = translateEndpoints(changed)
        #expect(translated.value != nil || !translated.rejections.isEmpty)
      }
    }
  }

  @Test(
    arguments: [
      ([0x0B], WireFault.malformedTag), ([0x02], .malformedTag), ([0x0A, 5, 1], .truncated),
      ([0x08] + Array(repeating: 0xFF, count: 11), .malformedVarint),
      ([0x0A, 1, 0xFF], .notUTF8(field: "cluster_name")),
    ] as [([UInt8], WireFault)])
  func namesWhatIsWrong(_ bytes: [UInt8], _ fault: WireFault) {
    #expect(throws: fault) {
      try MessageDecoder.decode(bytes, as: Schema.shared.declared(TypeName.clusterLoadAssignment))
    }
  }

  @Test func boundsDepth() throws {
    // predicate.not_match, nested in itself.
    let type = "envoy.config.listener.v3.ListenerFilterChainMatchPredicate"
    var bytes: [UInt8] = []
    for _ in 0..<100 { bytes = rawField(3, bytes) }
    #expect(throws: WireFault.tooDeep) {
      try MessageDecoder.decode(bytes, as: Schema.shared.declared(type))
    }
  }

  @Test func takesPackedAndUnpackedNumbers() throws {
    let type = "envoy.config.route.v3.InternalRedirectPolicy"
    let descriptor = Schema.shared.declared(type)
    let packed = try MessageDecoder.decode([0x12, 2, 7, 8], as: descriptor)
    let unpacked = try MessageDecoder.decode([0x10, 7, 0x10, 8], as: descriptor)
    #expect(JSONEncoder.encode(packed) == #"{"redirect_response_codes":[7,8]}"#)
    #expect(JSONEncoder.encode(unpacked) == JSONEncoder.encode(packed))
  }

  @Test func keepsTheLastOfAOneofAndMergesMessages() throws {
    let match = Schema.shared.declared("envoy.config.route.v3.RouteMatch")
    let last = try MessageDecoder.decode(
      rawField(1, [0x2F]) + rawField(2, [0x2F, 0x61]), as: match)
    #expect(JSONEncoder.encode(last) == #"{"path":"/a"}"#)
    let cluster = Schema.shared.declared(TypeName.cluster)
    let merged = try MessageDecoder.decode([0x22, 2, 0x08, 5, 0x22, 2, 0x10, 9], as: cluster)
    #expect(JSONEncoder.encode(merged) == #"{"connect_timeout":"5.000000009s"}"#)
  }

  @Test func keepsFieldsItDoesNotKnow() throws {
    let unknown = rawField(9999, [1, 2, 3])
    let bytes = rawField(1, Array("api".utf8)) + unknown
    let cluster = try MessageDecoder.decode(bytes, as: Schema.shared.declared(TypeName.cluster))
    #expect(MessageEncoder.encode(cluster) == bytes)
  }
}
