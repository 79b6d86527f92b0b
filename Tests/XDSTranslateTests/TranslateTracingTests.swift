import Config
import Testing

@testable import XDSTranslate

/// Where spans go, by default and by choice, and which are sampled.
@Suite struct TranslateTracingTests {
  private static let samplers =
    "type.googleapis.com/envoy.extensions.tracers.opentelemetry.samplers.v3"
  private static let ratio =
    "{ '@type': \(samplers).TraceIdRatioBasedSamplerConfig, "
    + "sampling_percentage: { numerator: 5, denominator: TEN_THOUSAND } }"
  private static let alwaysOn = "{ '@type': \(samplers).AlwaysOnSamplerConfig }"

  private static func parentBased(_ wrapped: String) -> String {
    "{ '@type': \(samplers).ParentBasedSamplerConfig, "
      + "wrapped_sampler: { name: wrapped, typed_config: \(wrapped) } }"
  }

  private static func provider(_ more: String = "") -> String {
    """
    { name: otel, typed_config: { '@type': type.googleapis.com/envoy.config.trace.v3.OpenTelemetryConfig, \
    http_service: { http_uri: { uri: "http://otel:4318/v1/traces", cluster: otel, timeout: 1s } }\(more) } }
    """
  }

  private static func sampler(_ config: String) -> String {
    ", sampler: { name: sampler, typed_config: \(config) }"
  }

  private static let expected = TracingConfig(
    collectorCluster: "otel", collectorAuthority: "otel:4318", collectorTimeout: .seconds(1))

  private func load(_ tracing: String, listener: String) -> (BootstrapConfig?, [ConfigFinding]) {
    let yaml = """
      tracing: \(tracing)
      static_resources:
        listeners:
          - name: in
            address: { socket_address: { address: 127.0.0.1, port_value: 80 } }
            filter_chains: [{ filters: [{ name: last, typed_config: \(listener) }] }]
      """
    return loadBootstrap(yaml: Array(yaml.utf8), fileName: "file.yaml")
  }

  private static let tcp =
    "{ '@type': type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy, "
    + "stat_prefix: in, cluster: one }"

  private static func http(_ tracing: String) -> String {
    "{ '@type': type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3."
      + "HttpConnectionManager, stat_prefix: in, route_config: { name: r }, tracing: \(tracing), "
      + "http_filters: [{ name: router, typed_config: { '@type': "
      + "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router } }] }"
  }

  private func tracing(_ config: BootstrapConfig?) -> TracingConfig? {
    switch config?.listeners.first?.filterChains[0].filter {
    case .tcp(let proxy): proxy.tracing
    case .http(let manager): manager.tracing
    case nil: nil
    }
  }

  @Test func aTCPProxyTakesTheBootstrapsProvider() {
    let (config, findings) = load("{ http: \(Self.provider()) }", listener: Self.tcp)
    #expect(findings.isEmpty)
    #expect(tracing(config) == Self.expected)
    let (plain, _) = load("{}", listener: Self.tcp)
    #expect(tracing(plain) == nil)
  }

  @Test func aPushedListenerIsWarnedOfACollectorBehindTLS() throws {
    let listener = """
      { name: in, address: { socket_address: { address: 127.0.0.1, port_value: 80 } }, \
      filter_chains: [{ filters: [{ name: last, typed_config: \(Self.http("{ provider: \(Self.provider()) }")) }] }] }
      """
    let bytes = try wire(listener, as: TypeName.listener)
    let warned = translateListener(bytes, secureClusters: ["otel"]).findings
    #expect(warned.map(\.standing) == [.warned])
    #expect(translateListener(bytes, secureClusters: ["other"]).findings.isEmpty)
  }

  @Test func aConnectionManagerWithoutAProviderTakesTheBootstraps() {
    let own = "{ random_sampling: { value: 7 }, spawn_upstream_span: false }"
    let (config, findings) = load("{ http: \(Self.provider()) }", listener: Self.http(own))
    #expect(findings.isEmpty)
    var expected = Self.expected
    expected.randomSamplingPercent = 7
    expected.spawnsUpstreamSpan = false
    #expect(tracing(config) == expected)
    let (untraced, said) = load("{}", listener: Self.http(own))
    #expect(untraced != nil)
    #expect(tracing(untraced) == nil)
    #expect(said.map(\.path).map { $0.hasSuffix(".tracing") } == [true])
  }

  @Test(arguments: [
    (parentBased(ratio), 0.05, true), (parentBased(alwaysOn), 100, true), (ratio, 0.05, false),
  ])
  func aSamplerDecides(_ config: String, _ percent: Double, _ isWhole: Bool) {
    let tracing = "{ http: \(Self.provider(Self.sampler(config))) }"
    let (tcp, findings) = load(tracing, listener: Self.tcp)
    #expect(self.tracing(tcp)?.randomSamplingPercent == percent)
    // Without a parent-based sampler, the caller's decision is kept all the same.
    #expect(findings.isEmpty == isWhole)
    let (http, said) = load(tracing, listener: Self.http("{ random_sampling: { value: 7 } }"))
    #expect(self.tracing(http)?.randomSamplingPercent == percent)
    #expect(said.contains { $0.path.hasSuffix("tracing.random_sampling") })
  }

  @Test func anUnknownSamplerIsIgnored() {
    let unknown = "{ '@type': type.googleapis.com/envoy.config.core.v3.Node }"
    let (config, findings) = load(
      "{ http: \(Self.provider(Self.sampler(unknown))) }", listener: Self.tcp)
    #expect(tracing(config) == Self.expected)
    #expect(findings.map(\.path) == ["tracing.http.typed_config.sampler"])
  }

  @Test func listenersFromTheControlPlaneTakeTheDefaultToo() throws {
    let bytes = try wire(
      """
      name: in
      address: { socket_address: { address: 127.0.0.1, port_value: 80 } }
      filter_chains: [{ filters: [{ name: last, typed_config: \(Self.tcp) }] }]
      """, as: TypeName.listener)
    let translated = translateListener(bytes, tracing: Self.expected)
    guard case .tcp(let proxy)? = translated.value?.filterChains[0].filter else {
      Issue.record("\(translated.findings)")
      return
    }
    #expect(proxy.tracing == Self.expected)
  }
}
