import Config
import Foundation
import Testing

@testable import XDSTranslate

@Suite struct ConfigDumpTests {
  @Test func holdsTheBootstrapAndWhatCameOverADS() throws {
    let yaml =
      "{ node: { id: n }, static_resources: { clusters: [{ name: s }], listeners: [{ name: l }] } }"
    var dump = ConfigDump(bootstrapYAML: Array(yaml.utf8))
    let cluster = try wire("{ name: 'a\"b' }", as: TypeName.cluster)
    dump.set(.cluster, name: "a\"b", version: "7", bytes: cluster)
    dump.set(
      .listener, name: "in", version: "8", bytes: try wire("{ name: in }", as: TypeName.listener))
    let bytes = dump.encode()
    #expect(throws: Never.self) { try JSONSerialization.jsonObject(with: Data(bytes)) }
    let type = "\"@type\":\"type.googleapis.com/envoy"
    #expect(
      String(decoding: bytes, as: UTF8.self) == """
        {"configs":[{\(type).admin.v3.BootstrapConfigDump","bootstrap":{"node":{"id":"n"},\
        "static_resources":{"listeners":[{"name":"l"}],"clusters":[{"name":"s"}]}}},\
        {\(type).admin.v3.ClustersConfigDump","static_clusters":[{"cluster":{"name":"s"}}],\
        "dynamic_active_clusters":[{"version_info":"7","cluster":\
        {\(type).config.cluster.v3.Cluster","name":"a\\"b"}}]},\
        {\(type).admin.v3.ListenersConfigDump","static_listeners":[{"listener":{"name":"l"}}],\
        "dynamic_listeners":[{"name":"in","active_state":{"version_info":"8","listener":\
        {\(type).config.listener.v3.Listener","name":"in"}}}]},\
        {\(type).admin.v3.RoutesConfigDump","dynamic_route_configs":[]},\
        {\(type).admin.v3.EndpointsConfigDump","dynamic_endpoint_configs":[]}]}
        """)
  }

  @Test func dumpsAnEmptyBootstrap() {
    let dump = ConfigDump(bootstrapYAML: []).encode()
    #expect(throws: Never.self) { try JSONSerialization.jsonObject(with: Data(dump)) }
  }
}
