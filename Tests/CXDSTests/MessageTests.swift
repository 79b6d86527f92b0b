import CProtobufC
import CXDS
import Testing

@Suite("protobuf-c messages")
struct MessageTests {
  /// A duration of 5.25 s as it stands on the wire: field 1 varint 5, field 2 varint 250,000,000.
  static let wire: [UInt8] = [0x08, 0x05, 0x10, 0x80, 0xe5, 0x9a, 0x77]

  @Test func unpacksWhatTheWireHolds() throws {
    let duration = try #require(
      google__protobuf__duration__unpack(nil, Self.wire.count, Self.wire))
    defer { google__protobuf__duration__free_unpacked(duration, nil) }
    #expect(duration.pointee.seconds == 5)
    #expect(duration.pointee.nanos == 250_000_000)
  }

  @Test func packsTheSameBytesAgain() throws {
    let duration = try #require(
      google__protobuf__duration__unpack(nil, Self.wire.count, Self.wire))
    defer { google__protobuf__duration__free_unpacked(duration, nil) }
    var packed = [UInt8](repeating: 0, count: google__protobuf__duration__get_packed_size(duration))
    #expect(google__protobuf__duration__pack(duration, &packed) == Self.wire.count)
    #expect(packed == Self.wire)
  }

  @Test func refusesAVarintThatNeverEnds() {
    let endless = [UInt8](repeating: 0xff, count: 12)
    #expect(google__protobuf__duration__unpack(nil, endless.count, endless) == nil)
  }

  @Test func keepsAFieldItDoesNotKnow() throws {
    let bytes: [UInt8] = Self.wire + [0x98, 0x06, 0x2a]  // field 99, varint 42
    let duration = try #require(google__protobuf__duration__unpack(nil, bytes.count, bytes))
    defer { google__protobuf__duration__free_unpacked(duration, nil) }
    let base = duration.pointee.base
    try #require(base.n_unknown_fields == 1)
    #expect(base.unknown_fields[0].tag == 99)
  }

  @Test func descriptorsNameTheirMessages() throws {
    var cluster = Envoy__Config__Cluster__V3__Cluster()
    envoy__config__cluster__v3__cluster__init(&cluster)
    let descriptor = try #require(
      cluster.base.descriptor as UnsafePointer<ProtobufCMessageDescriptor>?)
    #expect(String(cString: descriptor.pointee.name) == "envoy.config.cluster.v3.Cluster")
    let field = try #require(protobuf_c_message_descriptor_get_field(descriptor, 4))
    #expect(String(cString: field.pointee.name) == "connect_timeout")
  }
}
