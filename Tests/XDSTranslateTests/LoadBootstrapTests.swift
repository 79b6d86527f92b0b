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
    guard case .http(let manager) = listener.filterChains[0].filter,
      case .inline(let table) = manager.routes
    else {
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

  @Test func readsWhoIsAskedForNames() throws {
    let (loaded, _) = loadBootstrap(
      yaml: try Corpus.bytes("good/dns-resolver.yaml"), fileName: "dns-resolver.yaml")
    let servers = [
      SocketAddress.loopback(port: 5353), try #require(SocketAddress("::1", port: 53)),
    ]
    #expect(
      loaded?.resolver == ResolverConfig(servers: servers, timeout: .seconds(1), tries: 2))
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

  @Test func placesWhatTheRoutesCompilerSaysInTheFile() throws {
    let types = "type.googleapis.com/envoy.extensions.filters"
    let yaml = """
      static_resources:
        listeners:
        - name: in
          address: {socket_address: {address: 127.0.0.1, port_value: 1}}
          filter_chains:
          - filters:
            - name: manager
              typed_config:
                "@type": \(types).network.http_connection_manager.v3.HttpConnectionManager
                stat_prefix: in
                http_filters:
                - name: router
                  typed_config:
                    "@type": \(types).http.router.v3.Router
                route_config:
                  virtual_hosts:
                  - name: all
                    domains: ["*"]
                    routes:
                    - match:
                        safe_regex: {regex: "(a\\nb"}
                      direct_response: {status: 200}
      """
    let (_, findings) = loadBootstrap(yaml: Array(yaml.utf8), fileName: "f.yaml")
    let text = try #require(findings.first).description
    #expect(
      text
        == "f.yaml:21:39: static_resources.listeners[in].filter_chains[0].filters[manager].typed_config"
        + ".route_config.virtual_hosts[all].routes[0].match.safe_regex.regex: "
        + #""(a\u{a}b" does not compile: missing closing parenthesis at byte 4; accepted: a PCRE2 pattern"#
    )
  }
}
