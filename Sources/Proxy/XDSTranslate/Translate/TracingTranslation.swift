import Config

extension TracingConfig {
  init?(translating view: MessageView) {
    guard let collector = Self.collector(of: view) else { return nil }
    self.init(collectorCluster: collector.cluster)
    collectorPath = collector.path
    collectorAuthority = collector.authority
    collectorTimeout = collector.timeout
    serviceName = collector.serviceName ?? serviceName
    randomSamplingPercent = Self.sampling(of: view)
    spawnsUpstreamSpan = view.wrappedBool("spawn_upstream_span") ?? spawnsUpstreamSpan
    literalTags = Self.tags(of: view)
  }

  private static func sampling(of view: MessageView) -> Double {
    let random = view.percent("random_sampling") ?? 100
    guard let overall = view.percent("overall_sampling"), overall < 100 else { return random }
    let kept = "a decision that arrives in traceparent is kept"
    view.ignore("overall_sampling", "bounds random sampling alone: \(kept)")
    return min(random, overall)
  }

  private struct Collector {
    var cluster: String
    var authority: String
    var path: String
    var timeout: Duration
    var serviceName: String?
  }

  private static let accepted =
    "accepted: envoy.tracers.opentelemetry with http_service"

  private static func collector(of view: MessageView) -> Collector? {
    guard let provider = view.view("provider") else {
      view.reject("provider", "required; \(accepted)")
      return nil
    }
    guard provider.typeName("typed_config") == TypeName.openTelemetry else {
      provider.reject("tracer \(provider.extensionName) is not implemented; \(accepted)")
      return nil
    }
    _ = provider.string("name")
    guard let config = provider.opened("typed_config") else { return nil }
    if config.has("grpc_service") {
      config.reject("grpc_service", "OTLP over gRPC is not implemented; accepted: http_service")
      return nil
    }
    guard let service = config.view("http_service"), let uri = service.view("http_uri") else {
      config.reject("http_service", "required, with http_uri")
      return nil
    }
    return collector(config, uri)
  }

  private static func collector(_ config: MessageView, _ uri: MessageView) -> Collector? {
    let cluster = uri.required("cluster")
    let timeout = uri.duration("timeout", .moreThanZero) ?? .seconds(5)
    let text = uri.required("uri")
    guard let (authority, path) = split(text) else {
      if !text.isEmpty {
        uri.reject("uri", "found \"\(text)\", accepted: http://HOST[:PORT]/PATH")
      }
      return nil
    }
    return Collector(
      cluster: cluster, authority: authority, path: path, timeout: timeout,
      serviceName: config.nonEmptyString("service_name"))
  }

  private static func split(_ uri: String) -> (authority: String, path: String)? {
    guard uri.hasPrefix("http://") else { return nil }
    let rest = uri.dropFirst("http://".count)
    let authority = rest.prefix { $0 != "/" }
    let path = rest.dropFirst(authority.count)
    return authority.isEmpty ? nil : (String(authority), path.isEmpty ? "/" : String(path))
  }

  private static func tags(of view: MessageView) -> [AccessLogConfig.JSONField] {
    view.views("custom_tags").compactMap { tag in
      let name = tag.required("tag")
      guard let literal = tag.view("literal") else {
        tag.ignore("ignored: only literal tags are implemented")
        return nil
      }
      return .init(key: name, format: literal.string("value"))
    }
  }
}
