import CXDS
import SwiftProtobuf
import Testing
import XDSProtos

/// What the control plane writes with swift-protobuf, the proxy reads with protobuf-c.
@Suite("both generated codes speak one wire")
struct BothCodesTests {
  static func cluster() throws -> Envoy_Config_Cluster_V3_Cluster {
    try Envoy_Config_Cluster_V3_Cluster(
      jsonString: """
        {
          "name": "api",
          "type": "EDS",
          "connectTimeout": "0.250s",
          "lbPolicy": "LEAST_REQUEST",
          "leastRequestLbConfig": { "choiceCount": 3 },
          "perConnectionBufferLimitBytes": 32768,
          "edsClusterConfig": { "edsConfig": { "ads": {}, "resourceApiVersion": "V3" } }
        }
        """)
  }

  @Test func theProxyReadsAClusterOfTheControlPlane() throws {
    let bytes: [UInt8] = try Self.cluster().serializedBytes()
    let cluster = try #require(
      envoy__config__cluster__v3__cluster__unpack(nil, bytes.count, bytes))
    defer { envoy__config__cluster__v3__cluster__free_unpacked(cluster, nil) }
    let read = cluster.pointee
    #expect(String(cString: read.name) == "api")
    #expect(read.type == ENVOY__CONFIG__CLUSTER__V3__CLUSTER__DISCOVERY_TYPE__EDS)
    #expect(read.connect_timeout.pointee.nanos == 250_000_000)
    #expect(read.lb_policy == ENVOY__CONFIG__CLUSTER__V3__CLUSTER__LB_POLICY__LEAST_REQUEST)
    #expect(read.least_request_lb_config.pointee.choice_count.pointee.value == 3)
    #expect(read.per_connection_buffer_limit_bytes.pointee.value == 32768)
    let source = try #require(read.eds_cluster_config.pointee.eds_config)
    #expect(
      source.pointee.config_source_specifier_case
        == ENVOY__CONFIG__CORE__V3__CONFIG_SOURCE__CONFIG_SOURCE_SPECIFIER_ADS)
  }

  @Test func theControlPlaneReadsBackWhatTheProxyPacks() throws {
    let bytes: [UInt8] = try Self.cluster().serializedBytes()
    let cluster = try #require(
      envoy__config__cluster__v3__cluster__unpack(nil, bytes.count, bytes))
    defer { envoy__config__cluster__v3__cluster__free_unpacked(cluster, nil) }
    var packed = [UInt8](
      repeating: 0, count: envoy__config__cluster__v3__cluster__get_packed_size(cluster))
    let length = envoy__config__cluster__v3__cluster__pack(cluster, &packed)
    let read = try Envoy_Config_Cluster_V3_Cluster(serializedBytes: Array(packed[..<length]))
    #expect(try read == Self.cluster())
  }

  @Test func theServiceHasItsPath() {
    typealias Service = Envoy_Service_Discovery_V3_AggregatedDiscoveryService
    let method = Service.Method.StreamAggregatedResources.descriptor
    #expect(
      method.fullyQualifiedMethod
        == "envoy.service.discovery.v3.AggregatedDiscoveryService/StreamAggregatedResources")
  }
}
