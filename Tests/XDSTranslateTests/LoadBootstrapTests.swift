import Config
import Platform
import Testing

@testable import XDSTranslate

@Suite struct LoadBootstrapTests {
  @Test func readsAStaticListenerAndCluster() throws {
    let (loaded, findings) = loadBootstrap(
      yaml: try Corpus.bytes("good/static-route.yaml"), fileName: "static-route.yaml")
    let config = try #require(loaded, "\(findings)")
    #expect(findings.isEmpty)
    #expect(config.node.id == "sidecar-1")
    #expect(config.node.locality == LocalityConfig(region: "eu", zone: "eu-1"))
    #expect(config.adminAddress == .loopback(port: 9901))
    #expect(config.ads == nil)

    let listener = try #require(config.listeners.first)
    #expect(listener.name == "web")
    #expect(listener.address.port == 8080)
    guard case .http(let manager) = listener.filter, case .inline(let table) = manager.routes else {
      Issue.record("expected an inline route table")
      return
    }
    #expect(table.virtualHosts.first?.domains == ["*"])
    let route = try #require(table.virtualHosts.first?.routes.first)
    #expect(route.match == RouteMatchConfig(path: .prefix("/")))
    #expect(route.action == .forward(ForwardConfig(destination: .cluster("app"))))

    let cluster = try #require(config.clusters.first)
    #expect(cluster.connectTimeout == .milliseconds(250))
    let endpoint = EndpointConfig(address: .loopback(port: 9000))
    let expected = EndpointSet(clusterName: "app", localities: [.init(endpoints: [endpoint])])
    #expect(cluster.discovery == .staticEndpoints(expected))
  }

  @Test func readsASidecarThatAsksItsControlPlane() throws {
    let (loaded, findings) = loadBootstrap(
      yaml: try Corpus.bytes("good/sidecar-ads.yaml"), fileName: "sidecar-ads.yaml")
    let config = try #require(loaded, "\(findings)")
    #expect(findings.isEmpty)
    #expect(config.ads == ADSConfig(cluster: "control-plane"))
    #expect(
      config.clusters.first?.discovery
        == .strictDNS(
          DNSDiscovery(names: [.init(host: "localhost", port: 18000)], respectsTTL: true)))
  }

  @Test func stampsTheNodeWithWhoAsks() throws {
    let (loaded, _) = loadBootstrap(
      yaml: try Corpus.bytes("good/sidecar-ads.yaml"), fileName: "sidecar-ads.yaml")
    let config = try #require(loaded)
    let node = try MessageDecoder.decode(
      config.node.encoded, as: Schema.shared.declared(TypeName.node))
    #expect(
      JSONEncoder.encode(node) == """
        {"id":"sidecar-1","cluster":"shop","metadata":{"role":"sidecar"},\
        "user_agent_name":"martlet","user_agent_build_version":{"version":{"minor_number":1}}}
        """)
  }
}
