import Config
import Platform
import Testing

@testable import XDSTranslate

@Suite struct TranslateResourcesTests {
  @Test func readsAClusterFromEDS() throws {
    let translated = translateCluster(
      try wire(
        """
        name: api
        type: EDS
        eds_cluster_config: { eds_config: { ads: {}, resource_api_version: V3 }, service_name: api-v1 }
        lb_policy: LEAST_REQUEST
        least_request_lb_config: { choice_count: 3 }
        connect_timeout: 0.25s
        per_connection_buffer_limit_bytes: 32768
        circuit_breakers:
          thresholds: [{ max_connections: 10, max_requests: 20 }]
        common_lb_config: { healthy_panic_threshold: { value: 0 }, locality_weighted_lb_config: {} }
        typed_extension_protocol_options:
          envoy.extensions.upstreams.http.v3.HttpProtocolOptions:
            "@type": type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions
            common_http_protocol_options: { idle_timeout: 0s, max_requests_per_connection: 7 }
            explicit_http_config: { http_protocol_options: {} }
        """, as: TypeName.cluster))
    #expect(translated.findings.isEmpty)
    var expected = ClusterConfig(name: "api", discovery: .eds(serviceName: "api-v1"))
    expected.loadBalancing = .leastRequest(choiceCount: 3)
    expected.connectTimeout = .milliseconds(250)
    expected.circuitBreakers.maxConnections = 10
    expected.circuitBreakers.maxRequests = 20
    expected.panicThresholdPercent = 0
    expected.idleTimeout = nil
    expected.maxRequestsPerConnection = 7
    #expect(translated.value == expected)
  }

  @Test func readsNamesToResolve() throws {
    let translated = translateCluster(
      try wire(
        """
        name: api
        type: STRICT_DNS
        dns_lookup_family: V4_ONLY
        dns_refresh_rate: 30s
        load_assignment:
          endpoints:
            - priority: 1
              lb_endpoints:
                - { load_balancing_weight: 2, endpoint: { address: { socket_address: \
        { address: api.example, port_value: 80 } } } }
        """, as: TypeName.cluster))
    #expect(translated.findings.isEmpty)
    let names = [DNSDiscovery.Name(host: "api.example", port: 80, weight: 2, priority: 1)]
    let discovery = DNSDiscovery(
      names: names, lookup: .ipv4Only, refreshRate: .seconds(30), respectsTTL: false)
    #expect(translated.value == ClusterConfig(name: "api", discovery: .strictDNS(discovery)))
  }

  @Test func readsEndpoints() throws {
    let translated = translateEndpoints(
      try wire(
        """
        cluster_name: api
        policy: { overprovisioning_factor: 100 }
        endpoints:
          - locality: { region: eu, zone: a, sub_zone: r1 }
            load_balancing_weight: 5
            lb_endpoints:
              - { health_status: UNHEALTHY, endpoint: { hostname: one, address: { socket_address: \
        { address: 10.0.0.1, port_value: 80 } } } }
              - { endpoint: { address: { socket_address: { address: "fd00::1", port_value: 81 } } } }
        """, as: TypeName.clusterLoadAssignment))
    #expect(translated.findings.isEmpty)
    let first = try #require(SocketAddress("10.0.0.1", port: 80))
    let second = try #require(SocketAddress("fd00::1", port: 81))
    let locality = LocalityEndpoints(
      locality: .init(region: "eu", zone: "a", subZone: "r1"), weight: 5,
      endpoints: [
        .init(address: first, hostname: "one", health: .unhealthy), .init(address: second),
      ])
    #expect(
      translated.value
        == EndpointSet(clusterName: "api", localities: [locality], overprovisioningPercent: 100))
  }

  @Test func readsAListenerWithDefaults() throws {
    let translated = translateListener(try wire(Self.listener(""), as: TypeName.listener))
    #expect(translated.findings.isEmpty)
    let listener = try #require(translated.value)
    let expected = HTTPConnectionManagerConfig(statPrefix: "web", routes: .rds(name: "web"))
    #expect(listener.filterChains[0].filter == .http(expected))
    #expect(listener.trafficDirection == .outbound)
    #expect(listener.address == .loopback(port: 15001))
  }

  @Test func readsAConnectionManager() throws {
    let translated = translateListener(
      try wire(
        Self.listener(
          """
          request_headers_timeout: 0s, stream_idle_timeout: 1s, request_timeout: 2s, drain_timeout: 3s,
          delayed_close_timeout: 7s, server_header_transformation: APPEND_IF_ABSENT,
          common_http_protocol_options: { idle_timeout: 4s, max_connection_duration: 5s,
            max_headers_count: 50, max_requests_per_connection: 6, max_stream_duration: 8s,
            headers_with_underscores_action: DROP_HEADER },
          max_request_headers_kb: 8, server_name: m, via: v, use_remote_address: true,
          http_protocol_options: { accept_http_10: true, default_host_for_http_10: h,
            header_key_format: { proper_case_words: {} } }, xff_num_trusted_hops: 1, generate_request_id: false, normalize_path: true, merge_slashes: true,
          strip_any_host_port: true, path_with_escaped_slashes_action: REJECT_REQUEST,
          access_log: [{ name: file, typed_config: {
            "@type": type.googleapis.com/envoy.extensions.access_loggers.stream.v3.StdoutAccessLog,
            log_format: { json_format: { status: "%RESPONSE_CODE%", path: "%REQ(:PATH)%" } } } }],
          tracing: { random_sampling: { value: 10 }, overall_sampling: { value: 100 },
            custom_tags: [{ tag: env, literal: { value: prod } }], spawn_upstream_span: false,
            provider: { name: otel, typed_config: {
              "@type": type.googleapis.com/envoy.config.trace.v3.OpenTelemetryConfig, service_name: shop,
              http_service: { http_uri: { uri: "http://otel:4318/v1/traces", cluster: otel, timeout: 1s } } } } },
          """), as: TypeName.listener))
    #expect(translated.findings.isEmpty)
    let listener = try #require(translated.value)
    #expect(listener.filterChains[0].filter == .http(Self.everythingSet))
  }

  private static var everythingSet: HTTPConnectionManagerConfig {
    var expected = HTTPConnectionManagerConfig(statPrefix: "web", routes: .rds(name: "web"))
    expected.requestHeadersTimeout = nil
    expected.streamIdleTimeout = .seconds(1)
    expected.requestTimeout = .seconds(2)
    expected.idleTimeout = .seconds(4)
    expected.maxConnectionDuration = .seconds(5)
    expected.maxHeaderCount = 50
    expected.maxRequestsPerConnection = 6
    expected.maxStreamDuration = .seconds(8)
    expected.underscores = .dropField
    expected.defaultHost = "h"
    expected.http1.nameForm = .properCase
    expected.maxRequestHeadBytes = 8192
    expected.drainTimeout = .seconds(3)
    expected.delayedCloseTimeout = .seconds(7)
    expected.serverName = "m"
    expected.keepsServer = true
    expected.via = "v"
    expected.useRemoteAddress = true
    expected.appendsForwardedFor = true
    expected.xffTrustedHops = 1
    expected.generateRequestID = false
    expected.normalizePath = true
    expected.mergeSlashes = true
    expected.stripAnyHostPort = true
    expected.escapedSlashes = .rejectRequest
    expected.accessLogs = [
      .init(
        sink: .standardOutput,
        jsonFields: [
          .init(key: "status", format: .parsed("%RESPONSE_CODE%")),
          .init(key: "path", format: .parsed("%REQ(:PATH)%")),
        ])
    ]
    expected.tracing = TracingConfig(
      randomSamplingPercent: 10, collectorCluster: "otel", collectorAuthority: "otel:4318",
      collectorTimeout: .seconds(1), serviceName: "shop", spawnsUpstreamSpan: false,
      literalTags: [.init(key: "env", value: "prod")])
    return expected
  }

  @Test(arguments: [
    ("{ ads: {} }", Duration.seconds(15)),
    ("{ ads: {}, initial_fetch_timeout: 2.5s }", .milliseconds(2500)),
    ("{ ads: {}, initial_fetch_timeout: 0s }", nil),
  ])
  func readsHowLongToWaitForWhatIsNamed(source: String, wait: Duration?) throws {
    let cluster = translateCluster(
      try wire(
        "{ name: a, type: EDS, eds_cluster_config: { eds_config: \(source) } }",
        as: TypeName.cluster))
    #expect(cluster.findings.isEmpty)
    #expect(cluster.value?.initialFetchTimeout == wait)
    let manager = """
      { "@type": type.googleapis.com/\(TypeName.httpConnectionManager), stat_prefix: a, \
      rds: { route_config_name: r, config_source: \(source) }, http_filters: [{ name: r, \
      typed_config: { "@type": type.googleapis.com/\(TypeName.router) } }] }
      """
    let listener = translateListener(
      try wire(
        """
        { name: a, address: { socket_address: { address: 127.0.0.1, port_value: 80 } }, \
        filter_chains: [{ filters: [{ name: m, typed_config: \(manager) }] }] }
        """, as: TypeName.listener))
    guard case .http(let config)? = listener.value?.filterChains[0].filter else {
      return #expect(Bool(false), "\(listener.findings)")
    }
    #expect(config.routesFetchTimeout == wait)
  }

  @Test func saysWhatOfAConnectionManagerIsNotAppliedAsWritten() throws {
    let translated = translateListener(
      try wire(
        Self.listener(
          """
          http_protocol_options: {},
          tracing: { random_sampling: { value: 10 }, overall_sampling: { value: 5 },
            provider: { name: otel, typed_config: {
              "@type": type.googleapis.com/envoy.config.trace.v3.OpenTelemetryConfig,
              http_service: { http_uri: { uri: "http://otel:4318/", cluster: otel, timeout: 1s } } } } },
          """), as: TypeName.listener))
    #expect(translated.findings.map(\.standing) == [.ignored])
    #expect(translated.findings.first?.path.hasSuffix("tracing.overall_sampling") == true)
    guard case .http(let manager) = try #require(translated.value).filterChains[0].filter else {
      Issue.record("an HTTP listener")
      return
    }
    #expect(!manager.acceptHTTP10)
    #expect(manager.tracing?.randomSamplingPercent == 5)
  }

  @Test func saysThatSmallerBuffersAreNotMade() throws {
    for (limit, findings) in [(16384, 0), (16383, 1)] {
      let translated = translateCluster(
        try wire(
          "{ name: api, load_assignment: {}, per_connection_buffer_limit_bytes: \(limit) }",
          as: TypeName.cluster))
      #expect(translated.value != nil)
      #expect(translated.findings.count == findings)
    }
  }

  @Test func readsAccessLogsOfATCPListener() throws {
    let log = { (path: String) in
      """
      [{ name: file, typed_config: {
        "@type": type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog,
        path: \(path) } }]
      """
    }
    let translated = translateListener(
      try wire(
        """
        { name: db, address: { socket_address: { address: 127.0.0.1, port_value: 1 } },
          access_log: \(log("/a")), filter_chains: [{ filters: [{ name: tcp, typed_config: {
          "@type": type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy,
          stat_prefix: db, cluster: db, access_log: \(log("/b")) } }] }] }
        """, as: TypeName.listener))
    #expect(translated.findings.isEmpty)
    guard case .tcp(let proxy) = try #require(translated.value).filterChains[0].filter else {
      Issue.record("a TCP listener")
      return
    }
    #expect(proxy.accessLogs.map(\.sink) == [.file(path: "/a"), .file(path: "/b")])
  }

  @Test func namesUndeclaredFieldsOfTheWire() throws {
    // 8 is health_checks, 19 outlier_detection, 9999 nothing official.
    let bytes =
      try wire("{ name: api, load_assignment: {} }", as: TypeName.cluster) + rawField(8, [])
      + rawField(19, []) + rawField(9999, [])
    let translated = translateCluster(bytes)
    #expect(translated.value != nil)
    #expect(
      translated.findings.map(\.path) == [
        "clusters[api].health_checks", "clusters[api].outlier_detection",
        "clusters[api].field 9999",
      ])
  }

  @Test func refusesUndeclaredFieldsThatChangeWhatIsMeant() throws {
    let bytes =
      try wire("{ name: api, load_assignment: {} }", as: TypeName.cluster) + rawField(22, [])
    #expect(
      translateCluster(bytes).rejections.map(\.description) == [
        "clusters[api].lb_subset_config: not implemented, and to ignore it would change what is meant"
      ])
  }

  @Test func refusesBytesThatAreNoMessage() {
    let translated = translateCluster([0x0A, 9, 0x61])
    #expect(
      translated.findings.map(\.description) == [
        "clusters[]: not a envoy.config.cluster.v3.Cluster: the message ends in the middle of a field"
      ])
  }

  @Test func refusesBrokenContentOfAnAny() throws {
    let any =
      rawField(1, Array("type.googleapis.com/\(TypeName.tcpProxy)".utf8)) + rawField(2, [0x0A])
    let chain = rawField(3, rawField(1, Array("tcp".utf8)) + rawField(4, any))
    let bytes =
      try wire(
        "{ name: l, address: { socket_address: { address: 127.0.0.1, port_value: 1 } } }",
        as: TypeName.listener) + rawField(3, chain)
    #expect(
      translateListener(bytes).rejections.map(\.description) == [
        "listeners[l].filter_chains[0].filters[tcp].typed_config: the bytes are not a \(TypeName.tcpProxy)"
      ])
  }

  private static func listener(_ manager: String) -> String {
    """
    { name: web, traffic_direction: OUTBOUND,
      address: { socket_address: { address: 127.0.0.1, port_value: 15001 } },
      filter_chains: [{ filters: [{ name: hcm, typed_config: {
        "@type": type.googleapis.com/\(TypeName.httpConnectionManager), stat_prefix: web, \(manager)
        rds: { route_config_name: web, config_source: { ads: {} } },
        http_filters: [{ name: envoy.filters.http.router, typed_config: {
          "@type": type.googleapis.com/\(TypeName.router) } }] } }] }] }
    """
  }
}
