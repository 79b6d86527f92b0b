import CProtobufC
import CXDS
import Testing

@Suite("lookup by name and number")
struct LookupTests {
  static let cluster = "envoy.config.cluster.v3.Cluster"

  @Test(arguments: [
    "envoy.config.accesslog.v3.AccessLog", "envoy.config.cluster.v3.Cluster.CommonLbConfig",
    "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
    "google.protobuf.UInt32Value", "opentelemetry.proto.trace.v1.Status",
  ])
  func findsAMessageByItsFullName(name: String) throws {
    let descriptor = try #require(cxds_descriptor_by_name(name))
    #expect(String(cString: descriptor.pointee.name) == name)
  }

  @Test(arguments: [
    "", "a", "zzz", "envoy.config.cluster.v3", "envoy.config.cluster.v3.Cluste",
    "envoy.config.cluster.v3.Clusters", ".envoy.config.cluster.v3.Cluster",
  ])
  func findsNothingByAnotherName(name: String) {
    #expect(cxds_descriptor_by_name(name) == nil)
    #expect(cxds_official_field_name(name, 1) == nil)
    #expect(cxds_official_field_number(name, "name") == 0)
  }

  @Test(arguments: [
    (cluster, 4, "connect_timeout"), (cluster, 8, "health_checks"),
    (cluster, 59, "transport_socket_matcher"),
    ("envoy.config.accesslog.v3.AccessLogFilter", 13, "log_type_filter"),
    ("opentelemetry.proto.metrics.v1.Metric", 11, "summary"),
  ])
  func namesDeclaredAndLeftOutFieldsAlike(message: String, number: UInt32, name: String) throws {
    let found = try #require(cxds_official_field_name(message, number))
    #expect(String(cString: found) == name)
    #expect(cxds_official_field_number(message, name) == number)
  }

  @Test func knowsNoFieldThatIsNotOfficial() {
    #expect(cxds_official_field_name(Self.cluster, 0) == nil)
    #expect(cxds_official_field_name(Self.cluster, 7) == nil)
    #expect(cxds_official_field_name(Self.cluster, .max) == nil)
    #expect(cxds_official_field_number(Self.cluster, "conect_timeout") == 0)
  }

  @Test func namesWhatUnpackingKeptAsUnknown() throws {
    let name: [UInt8] = [0x0a, 0x03] + "api".utf8
    let outlierDetection: [UInt8] = [0x9a, 0x01, 0x00]
    let wire = name + outlierDetection
    let cluster = try #require(envoy__config__cluster__v3__cluster__unpack(nil, wire.count, wire))
    defer { envoy__config__cluster__v3__cluster__free_unpacked(cluster, nil) }
    let base = cluster.pointee.base
    try #require(base.n_unknown_fields == 1)
    let ignored = try #require(
      cxds_official_field_name(base.descriptor.pointee.name, base.unknown_fields[0].tag))
    #expect(String(cString: ignored) == "outlier_detection")
  }
}
