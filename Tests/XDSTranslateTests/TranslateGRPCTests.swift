import Config
import Testing

@testable import XDSTranslate

/// What the filters for gRPC, and routes for its calls, come to.
@Suite struct TranslateGRPCTests {
  private static let kind = "type.googleapis.com/envoy.extensions.filters.http"

  private func manager(
    _ filters: String
  ) throws -> (config: HTTPConnectionManagerConfig?, findings: [String]) {
    let router = "{ name: router, typed_config: { \"@type\": \(Self.kind).router.v3.Router } }"
    let text = """
      name: web
      address: { socket_address: { address: 127.0.0.1, port_value: 80 } }
      filter_chains:
        - filters:
            - name: hcm
              typed_config:
                "@type": type.googleapis.com/\(TypeName.httpConnectionManager)
                stat_prefix: web
                rds: { route_config_name: web, config_source: { ads: {} } }
                http_filters: [\(filters), \(router)]
      """
    let translated = translateListener(try wire(text, as: TypeName.listener))
    guard case .http(let config)? = translated.value?.filterChains[0].filter else {
      return (nil, translated.findings.map(\.description))
    }
    return (config, translated.findings.map(\.description))
  }

  private func stats(_ fields: String) -> String {
    "{ name: stats, typed_config: { \"@type\": \(Self.kind).grpc_stats.v3.FilterConfig, \(fields) } }"
  }

  @Test func readsTheBridge() throws {
    let web = "name: web, typed_config: { \"@type\": \(Self.kind).grpc_web.v3.GrpcWeb }"
    #expect(try manager("{ \(web) }").config?.bridgesGRPCWeb == true)
    #expect(try manager("{ \(web), disabled: true }").config?.bridgesGRPCWeb == false)
    #expect(try manager(stats("")).config?.bridgesGRPCWeb == false)
  }

  @Test func readsHowCallsAreCounted() throws {
    var expected = GRPCStatsConfig()
    #expect(try manager(stats("")).config?.grpcStats == expected)
    #expect(try manager(stats("stats_for_all_methods: false")).config?.grpcStats == expected)
    expected.methods = .all
    #expect(try manager(stats("stats_for_all_methods: true")).config?.grpcStats == expected)
    let list = "{ services: [{ name: a.B, method_names: [C, D] }, { name: E, method_names: [F] }] }"
    let found = try manager(
      stats(
        "individual_method_stats_allowlist: \(list), enable_upstream_stats: true, "
          + "replace_dots_in_grpc_service_name: true"))
    expected.methods = .listed([
      GRPCMethodName(service: "a.B", method: "C"), GRPCMethodName(service: "a.B", method: "D"),
      GRPCMethodName(service: "E", method: "F"),
    ])
    expected.measuresTime = true
    expected.replacesDots = true
    #expect(found.config?.grpcStats == expected)
    #expect(found.findings.isEmpty)
  }

  @Test func refusesMoreMethodsThanAClusterCounts() throws {
    let names = (0..<257).map { "M\($0)" }.joined(separator: ", ")
    let list = "{ services: [{ name: a, method_names: [\(names)] }] }"
    let found = try manager(stats("individual_method_stats_allowlist: \(list)"))
    #expect(found.config == nil)
    #expect(found.findings.contains { $0.hasSuffix("found 257 methods, accepted: up to 256") })
  }

  private func route(_ fields: String) throws -> (config: ForwardConfig?, paths: [String]) {
    let text = """
      name: r
      virtual_hosts:
        - { name: all, domains: ["*"], routes: [{ match: { prefix: / }, route: { cluster: c, \(fields) } }] }
      """
    let translated = translateRoutes(try wire(text, as: TypeName.routeConfiguration))
    guard case .forward(let config)? = translated.value?.virtualHosts[0].routes[0].action else {
      return (nil, translated.findings.map(\.path))
    }
    return (config, translated.findings.map(\.path))
  }

  @Test func readsWhatBoundsCalls() throws {
    let stream = try route(
      "max_stream_duration: { grpc_timeout_header_max: 5s, grpc_timeout_header_offset: 0.1s }")
    #expect(stream.config?.maxGRPCTimeout == .seconds(5))
    #expect(stream.config?.grpcTimeoutOffset == .milliseconds(100))
    #expect(stream.config?.boundsCallsByGRPCTimeout == false)
    let older = try route("max_grpc_timeout: 2s, grpc_timeout_offset: 0.2s")
    #expect(older.config?.maxGRPCTimeout == .seconds(2))
    #expect(older.config?.grpcTimeoutOffset == .milliseconds(200))
    #expect(older.config?.boundsCallsByGRPCTimeout == true)
    #expect(older.paths.isEmpty)
    let unbounded = try route("max_grpc_timeout: 0s")
    #expect(unbounded.config?.maxGRPCTimeout == .zero)
    #expect(unbounded.config?.boundsCallsByGRPCTimeout == true)
    let both = try route(
      "max_grpc_timeout: 2s, max_stream_duration: { grpc_timeout_header_max: 5s }")
    #expect(both.config?.maxGRPCTimeout == .seconds(5))
    #expect(
      both.paths == ["route_configurations[r].virtual_hosts[all].routes[0].route.max_grpc_timeout"])
  }
}
