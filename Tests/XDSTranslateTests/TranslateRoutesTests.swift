import Config
import Patterns
import Testing

@testable import XDSTranslate

@Suite struct TranslateRoutesTests {
  private func table(_ yaml: String) throws -> Translated<RouteConfigurationConfig> {
    translateRoutes(try wire(yaml, as: TypeName.routeConfiguration))
  }

  private func route(_ yaml: String) throws -> RouteConfig {
    let translated = try table(
      """
      name: t
      virtual_hosts: [{ name: v, domains: ["*"], routes: [\(yaml)] }]
      """)
    let value = try #require(translated.value, "\(translated.findings)")
    #expect(translated.findings.isEmpty)
    return try #require(value.virtualHosts.first?.routes.first)
  }

  @Test func readsEveryPathCondition() throws {
    func path(_ match: String) throws -> RouteMatchConfig.Path {
      try route("{ match: \(match), route: { cluster: a } }").match.path
    }
    #expect(try path("{ prefix: /a }") == .prefix("/a"))
    #expect(try path("{ path: /a }") == .exact("/a"))
    #expect(try path("{ safe_regex: { regex: '/a.*' } }") == .regex(.literal("/a.*")))
    #expect(try path("{ safe_regex: { google_re2: {}, regex: x } }") == .regex(.literal("x")))
    #expect(try path("{ path_separated_prefix: /a }") == .separatedPrefix("/a"))
    #expect(try path("{ connect_matcher: {} }") == .connect)
  }

  @Test func readsUpgrades() throws {
    let configs = """
      upgrade_configs: [{ upgrade_type: WebSocket }, { upgrade_type: a/1, enabled: false }, \
      { upgrade_type: CONNECT, connect_config: {} }]
      """
    let action = try route("{ match: { connect_matcher: {} }, route: { cluster: a, \(configs) } }")
      .action
    guard case .forward(let forward) = action else { return #expect(Bool(false)) }
    #expect(
      forward.upgrades == [
        .init(type: "websocket"), .init(type: "a/1", isEnabled: false),
        .init(type: "connect", terminatesConnect: true),
      ])
  }

  @Test(arguments: [
    "{ upgrade_type: h2c }", "{ upgrade_type: HTTP/2.0 }", "{ upgrade_type: 'a b' }", "{}",
    "{ upgrade_type: a/1/2 }", "{ upgrade_type: a }, { upgrade_type: A }",
    "{ upgrade_type: a, connect_config: {} }",
    "{ upgrade_type: CONNECT, connect_config: { allow_post: true } }",
  ])
  func refusesUpgrades(configs: String) throws {
    let translated = try table(
      """
      name: t
      virtual_hosts: [{ name: v, domains: ["*"], routes: [{ match: { prefix: / }, route: { \
      cluster: a, upgrade_configs: [\(configs)] } }] }]
      """)
    #expect(translated.findings.contains { $0.standing == .rejected })
  }

  @Test func readsHeaderMatchersOldAndNew() throws {
    func matcher(_ yaml: String) throws -> HeaderMatcherConfig? {
      try route("{ match: { prefix: /, headers: [\(yaml)] }, route: { cluster: a } }")
        .match.headers.first
    }
    func string(_ pattern: StringMatcherConfig.Pattern, ignoreCase: Bool = false)
      -> HeaderMatcherConfig
    {
      .init(name: "x-a", condition: .string(.init(pattern, ignoreCase: ignoreCase)))
    }
    #expect(try matcher("{ name: X-A, exact_match: b }") == string(.exact("b")))
    #expect(try matcher("{ name: X-A, prefix_match: b }") == string(.prefix("b")))
    #expect(try matcher("{ name: X-A, suffix_match: b }") == string(.suffix("b")))
    #expect(try matcher("{ name: X-A, contains_match: b }") == string(.contains("b")))
    #expect(
      try matcher("{ name: X-A, safe_regex_match: { regex: b } }") == string(.regex(.literal("b"))))
    #expect(
      try matcher("{ name: X-A, string_match: { prefix: b, ignore_case: true } }")
        == string(.prefix("b"), ignoreCase: true))
    #expect(
      try matcher("{ name: x-a, range_match: { start: -1, end: 10 } }")
        == .init(name: "x-a", condition: .range(start: -1, end: 10)))
    #expect(try matcher("{ name: x-a }") == .init(name: "x-a", condition: .present(true)))
    #expect(
      try matcher("{ name: x-a, present_match: false, invert_match: true }")
        == .init(name: "x-a", condition: .present(false), invert: true))
    #expect(
      try matcher("{ name: ':method', exact_match: GET, treat_missing_header_as_empty: true }")
        == .init(
          name: ":method", condition: .string(.init(.exact("GET"))), treatMissingAsEmpty: true))
  }

  @Test func readsQueryParametersAndFractions() throws {
    let match = try route(
      """
      { match: { prefix: /, case_sensitive: false, query_parameters: [{ name: a, \
      string_match: { exact: b } }, { name: c, present_match: true }], runtime_fraction: \
      { default_value: { numerator: 25, denominator: TEN_THOUSAND } } }, route: { cluster: a } }
      """
    ).match
    #expect(!match.caseSensitive)
    #expect(match.fractionPerMillion == 2500)
    #expect(
      match.queryParameters == [
        .init(name: "a", string: .init(.exact("b"))), .init(name: "c", string: nil),
      ])
  }

  @Test func readsWeightedClusters() throws {
    let action = try route(
      """
      { match: { prefix: / }, route: { weighted_clusters: { header_name: X-Draw, total_weight: 100, clusters: \
      [{ name: v1, weight: 90, host_rewrite_literal: a }, { name: v2, weight: 10, \
      request_headers_to_add: [{ header: { key: X-Canary, value: "1" } }] }] } } }
      """
    ).action
    var canary = HeaderMutationsConfig()
    canary.requestAdd = [.init(name: "x-canary", value: .parsed("1"))]
    let weighted = WeightedClustersConfig(
      clusters: [
        .init(cluster: "v1", weight: 90, hostRewrite: "a"),
        .init(cluster: "v2", weight: 10, headerMutations: canary),
      ], selectionHeader: "x-draw")
    #expect(action == .forward(ForwardConfig(destination: .weighted(weighted))))
  }

  @Test func readsForwarding() throws {
    let action = try route(
      """
      { match: { prefix: /a }, route: { cluster_header: X-Cluster, prefix_rewrite: /b, \
      host_rewrite_header: X-Host, timeout: 0s, idle_timeout: 0s, \
      cluster_not_found_response_code: NOT_FOUND } }
      """
    ).action
    var expected = ForwardConfig(destination: .clusterHeader("x-cluster"))
    expected.pathRewrite = .prefix("/b")
    expected.hostRewrite = .header("x-host")
    expected.timeout = nil
    expected.idleTimeout = .zero
    expected.clusterNotFoundStatus = 404
    #expect(action == .forward(expected))
  }

  @Test func readsHashPolicies() throws {
    let action = try route(
      """
      { match: { prefix: /a }, route: { weighted_clusters: { use_hash_policy: true, clusters: \
      [{ name: a, weight: 1 }] }, hash_policy: [{ header: { header_name: X-U }, terminal: true }, \
      { cookie: { name: c } }, { connection_properties: { source_ip: true } }, \
      { query_parameter: { name: q } }] } }
      """
    ).action
    let clusters = [WeightedClusterConfig(cluster: "a", weight: 1)]
    var expected = ForwardConfig(
      destination: .weighted(.init(clusters: clusters, usesHashPolicy: true)))
    expected.hashPolicies = [
      .init(input: .header("x-u"), terminal: true), .init(input: .cookie(name: "c")),
      .init(input: .sourceIP), .init(input: .queryParameter("q")),
    ]
    #expect(action == .forward(expected))
  }

  @Test func waitsFifteenSecondsUnlessToldOtherwise() throws {
    guard
      case .forward(let forward) = try route("{ match: { prefix: / }, route: { cluster: a } }")
        .action
    else { return #expect(Bool(false), "expected a forward") }
    #expect(forward.timeout == .seconds(15))
    #expect(forward.idleTimeout == nil)
    #expect(forward.clusterNotFoundStatus == 503)
  }

  @Test func readsRewritesByRegexAndAutomaticHosts() throws {
    let action = try route(
      """
      { match: { prefix: / }, route: { cluster: a, auto_host_rewrite: true, regex_rewrite: \
      { pattern: { regex: '^/x' }, substitution: /y } } }
      """
    ).action
    var expected = ForwardConfig(destination: .cluster("a"))
    expected.pathRewrite = .regex(
      try RegexRewriteConfig(
        pattern: RegularExpression("^/x", ignoresCase: false, extent: .anyPart), substitution: "/y")
    )
    expected.hostRewrite = .auto
    #expect(action == .forward(expected))
  }

  @Test func readsRedirects() throws {
    func redirect(_ yaml: String) throws -> RouteActionConfig {
      try route("{ match: { prefix: / }, redirect: \(yaml) }").action
    }
    #expect(try redirect("{ https_redirect: true }") == .redirect(.init(scheme: "https")))
    #expect(
      try redirect(
        "{ host_redirect: b, port_redirect: 8443, path_redirect: /x, response_code: SEE_OTHER }")
        == .redirect(.init(host: "b", port: 8443, path: .replace("/x"), status: 303)))
    #expect(
      try redirect(
        "{ scheme_redirect: http, prefix_rewrite: /x, strip_query: true, response_code: PERMANENT_REDIRECT }"
      )
        == .redirect(.init(scheme: "http", path: .prefix("/x"), status: 308, stripQuery: true)))
  }

  @Test func readsDirectResponses() throws {
    let action = try route(
      "{ match: { prefix: / }, direct_response: { status: 418, body: { inline_bytes: AAE= } } }"
    ).action
    #expect(action == .directResponse(status: 418, body: [0, 1]))
  }

  @Test func readsHeaderChangesAtEachLevel() throws {
    let translated = try table(
      """
      name: t
      ignore_port_in_host_matching: true
      response_headers_to_remove: [Server]
      virtual_hosts:
        - name: v
          domains: [a.example, "*.b.example", "c.*"]
          request_headers_to_add:
            - { header: { key: X-A, value: a }, append: false }
            - { header: { key: X-B, value: b }, append_action: ADD_IF_ABSENT }
            - { header: { key: X-C, value: "" } }
            - { header: { key: X-D, value: "" }, keep_empty_value: true, append_action: OVERWRITE_IF_EXISTS }
      """)
    let value = try #require(translated.value)
    #expect(translated.findings.isEmpty)
    #expect(value.ignoresPort)
    #expect(value.headerMutations.responseRemove == ["server"])
    #expect(
      value.virtualHosts.first?.headerMutations.requestAdd == [
        .init(name: "x-a", value: .parsed("a"), appendAction: .overwriteIfExistsOrAdd),
        .init(name: "x-b", value: .parsed("b"), appendAction: .addIfAbsent),
        .init(name: "x-d", value: .parsed(""), appendAction: .overwriteIfExists),
      ])
  }

  @Test func saysWhatItIgnoresByName() throws {
    let translated = try table(
      """
      name: t
      virtual_hosts:
        - name: v
          domains: ["*"]
          retry_policy: { retry_on: 5xx }
          routes:
            - match: { prefix: / }
              typed_per_filter_config: { x: { "@type": type.googleapis.com/google.protobuf.Empty } }
              route:
                weighted_clusters: { use_hash_policy: true, clusters: [{ name: a, weight: 1 }] }
                hash_policy: [{ cookie: { name: c, ttl: 60s, path: / } }]
      """)
    #expect(translated.value != nil)
    #expect(translated.findings.allSatisfy { $0.standing == .ignored })
    #expect(
      translated.findings.map(\.description) == [
        "route_configurations[t].virtual_hosts[v].routes[0].route.hash_policy[0].cookie.ttl: ignored (not implemented)",
        "route_configurations[t].virtual_hosts[v].routes[0].route.hash_policy[0].cookie.path: ignored (not implemented)",
        "route_configurations[t].virtual_hosts[v].routes[0].typed_per_filter_config: ignored (not implemented)",
        "route_configurations[t].virtual_hosts[v].retry_policy: ignored (not implemented)",
      ])
  }

  @Test func refusesWhatItCannotHonour() throws {
    let translated = try table(
      """
      name: t
      virtual_hosts: [{ name: v, domains: ["*"], require_tls: ALL, routes: \
      [{ match: { prefix: /, dynamic_metadata: [{ filter: f }] }, route: { cluster: a } }] }]
      """)
    #expect(translated.value == nil)
    #expect(
      translated.rejections.map(\.path) == [
        "route_configurations[t].virtual_hosts[v].routes[0].match.dynamic_metadata",
        "route_configurations[t].virtual_hosts[v].require_tls",
      ])
  }

  @Test func requiresAName() throws {
    let translated = try table("virtual_hosts: []")
    #expect(translated.rejections.map(\.description) == ["route_configurations[].name: required"])
  }
}
