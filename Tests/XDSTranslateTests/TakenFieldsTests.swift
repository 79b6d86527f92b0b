import Config
import Testing

@testable import XDSTranslate

/// What is set is taken as it is, or it is said that it is not.
@Suite struct TakenFieldsTests {
  private static let options = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions"

  private func findings(inCluster yaml: String) throws -> [String] {
    let text = "name: api\ntype: EDS\neds_cluster_config: { eds_config: { ads: {} } }\n\(yaml)"
    let translated = translateCluster(try wire(text, as: TypeName.cluster))
    return translated.findings.map(\.path)
  }

  @Test func protocolOptionsAreReportedOneByOne() throws {
    let inside = "{ accept_http_10: true, enable_trailers: true, allow_absolute_url: true }"
    #expect(
      try findings(inCluster: "http_protocol_options: \(inside)") == [
        "clusters[api].http_protocol_options.allow_absolute_url",
        "clusters[api].http_protocol_options.accept_http_10",
      ])
    let extended = """
      typed_extension_protocol_options:
        \(Self.options):
          "@type": type.googleapis.com/\(Self.options)
          explicit_http_config: { http_protocol_options: \(inside) }
      """
    let path =
      "clusters[api].typed_extension_protocol_options[\(Self.options)]"
      + ".explicit_http_config.http_protocol_options"
    #expect(
      try findings(inCluster: extended) == [
        "\(path).allow_absolute_url", "\(path).accept_http_10",
      ])
  }

  private func cluster(_ options: String, tls: Bool = false) throws -> Translated<ClusterConfig> {
    let socket = """
      transport_socket:
        name: tls
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext
      """
    return translateCluster(
      try wire(
        """
        name: api
        type: EDS
        eds_cluster_config: { eds_config: { ads: {} } }
        \(tls ? socket : "connect_timeout: 1s")
        typed_extension_protocol_options:
          \(Self.options):
            "@type": type.googleapis.com/\(Self.options)
            \(options)
        """, as: TypeName.cluster))
  }

  @Test func eachWayToChooseAProtocolIsTakenWithItsOptions() throws {
    var http2 = HTTP2OptionsConfig()
    http2.maxConcurrentStreams = 7
    let both =
      "{ http_protocol_options: { header_key_format: { proper_case_words: {} } }, "
      + "http2_protocol_options: { max_concurrent_streams: 7 } }"
    let asClient = try cluster("use_downstream_protocol_config: \(both)")
    #expect(asClient.findings.isEmpty)
    #expect(asClient.value?.httpProtocol == .asDownstream(http2))
    #expect(asClient.value?.http1.nameForm == .properCase)
    let auto = try cluster("auto_config: \(both)", tls: true)
    #expect(auto.findings.filter { $0.standing == .rejected }.isEmpty)
    #expect(auto.value?.httpProtocol == .auto(http2))
    #expect(auto.value?.http1.nameForm == .properCase)
  }

  @Test func whatIsChosenByALPNNeedsTLS() throws {
    let plain = try cluster("auto_config: {}")
    #expect(plain.value == nil)
    #expect(
      plain.findings.map(\.path) == [
        "clusters[api].typed_extension_protocol_options[\(Self.options)].auto_config"
      ])
  }

  @Test func boundsOfAClustersOptionsAreTaken() throws {
    let common =
      "{ idle_timeout: 1s, max_connection_duration: 2s, max_stream_duration: 3s, "
      + "max_headers_count: 50, max_response_headers_kb: 8, max_requests_per_connection: 4 }"
    let translated = try cluster("common_http_protocol_options: \(common)")
    #expect(translated.findings.isEmpty)
    let config = try #require(translated.value)
    #expect(config.idleTimeout == .seconds(1))
    #expect(config.maxConnectionDuration == .seconds(2))
    #expect(config.maxStreamDuration == .seconds(3))
    #expect(config.maxHeaderCount == 50)
    #expect(config.maxHeadBytes == 8192)
    #expect(config.maxRequestsPerConnection == 4)
  }

  @Test func namesToResolveKeepTheirHealthAndTheirLocalitysWeight() throws {
    let translated = translateCluster(
      try wire(
        """
        name: api
        type: STRICT_DNS
        load_assignment:
          policy: { overprovisioning_factor: 200 }
          endpoints:
            - load_balancing_weight: 7
              lb_endpoints:
                - { health_status: DRAINING, endpoint: { address: { socket_address: \
        { address: api.example, port_value: 80 } } } }
        """, as: TypeName.cluster))
    #expect(translated.findings.isEmpty)
    let name = DNSDiscovery.Name(
      host: "api.example", port: 80, health: .draining, localityWeight: 7)
    var discovery = DNSDiscovery(names: [name])
    discovery.overprovisioningPercent = 200
    #expect(translated.value?.discovery == .strictDNS(discovery))
  }

  private func findings(inRoute action: String, match: String = "prefix: /") throws -> [String] {
    let text = """
      name: r
      virtual_hosts:
        - { name: all, domains: ["*"], routes: [{ match: { \(match) }, route: { \(action) } }] }
      """
    let start = "route_configurations[r].virtual_hosts[all].routes[0]."
    return translateRoutes(try wire(text, as: TypeName.routeConfiguration)).findings.map {
      $0.path.hasPrefix(start) ? String($0.path.dropFirst(start.count)) : $0.path
    }
  }

  @Test func aHashNobodyAsksForIsIgnored() throws {
    let hash = "hash_policy: [{ header: { header_name: x-user } }]"
    let clusters = "clusters: [{ name: one, weight: 1 }]"
    #expect(try findings(inRoute: "cluster: one, \(hash)") == ["route.hash_policy"])
    #expect(
      try findings(inRoute: "weighted_clusters: { \(clusters) }, \(hash)") == ["route.hash_policy"])
    let used = "weighted_clusters: { \(clusters), use_hash_policy: true }"
    #expect(try findings(inRoute: "\(used), \(hash)") == [])
  }

  @Test func aFractionNeedsAValue() throws {
    let match = "prefix: /, runtime_fraction: {}"
    #expect(
      try findings(inRoute: "cluster: one", match: match) == [
        "match.runtime_fraction.default_value"
      ])
  }

  @Test func aValueThatIsNotEmptyMayBeKeptEmpty() throws {
    let text = """
      name: r
      request_headers_to_add: [{ header: { key: a, value: b }, keep_empty_value: true }]
      """
    let translated = translateRoutes(try wire(text, as: TypeName.routeConfiguration))
    #expect(translated.findings.isEmpty)
    #expect(translated.value?.headerMutations.requestAdd == [.init(name: "a", value: .parsed("b"))])
  }

  @Test func clustersOverTheWireMayComeLater() throws {
    let text = """
      name: r
      validate_clusters: true
      virtual_hosts:
        - { name: all, domains: ["*"], routes: [{ match: { prefix: / }, route: { cluster: x } }] }
      """
    let translated = translateRoutes(try wire(text, as: TypeName.routeConfiguration))
    #expect(translated.value != nil)
    #expect(translated.findings.map(\.path) == ["route_configurations[r].validate_clusters"])
  }
}
