import Config

extension TracingConfig {
  /// Reads an `HttpConnectionManager.Tracing`.
  init?(translating view: MessageView, in bootstrap: BootstrapScope) {
    if let provider = view.view("provider") {
      guard let own = TracingConfig(provider: provider, bootstrap.secureClusters) else {
        return nil
      }
      self = own
    } else if let fallback = bootstrap.tracing {
      self = fallback
    } else {
      view.ignore("nothing is traced: neither this nor the bootstrap's tracing has a provider")
      return nil
    }
    readSampling(view)
    spawnsUpstreamSpan = view.wrappedBool("spawn_upstream_span") ?? spawnsUpstreamSpan
    literalTags = Self.tags(of: view)
  }

  /// Reads `Bootstrap.tracing`, a `trace.v3.Tracing`.
  init?(translatingDefault view: MessageView, secureClusters: Set<String>) {
    guard let provider = view.view("http") else { return nil }
    self.init(provider: provider, secureClusters)
  }

  /// Reads a `trace.v3.Tracing.Http`.
  private init?(provider: MessageView, _ secureClusters: Set<String>) {
    guard let config = Self.exporter(of: provider) else { return nil }
    guard let service = config.view("http_service"), let uri = service.view("http_uri") else {
      config.reject("http_service", "required, with http_uri")
      return nil
    }
    let cluster = uri.required("cluster")
    if secureClusters.contains(cluster) {
      uri.warn(
        "cluster",
        "\"\(cluster)\" has TLS, which is not implemented towards collectors: no span leaves")
    }
    let timeout = uri.duration("timeout", .moreThanZero) ?? .seconds(5)
    let text = uri.required("uri")
    guard let (authority, path) = Self.split(text) else {
      if !text.isEmpty {
        uri.reject("uri", "found \"\(text)\", accepted: http://HOST[:PORT]/PATH")
      }
      return nil
    }
    self.init(
      collectorCluster: cluster, collectorPath: path, collectorAuthority: authority,
      collectorTimeout: timeout)
    serviceName = config.nonEmptyString("service_name") ?? serviceName
    readSampler(config)
  }

  private static let accepted = "accepted: envoy.tracers.opentelemetry with http_service"

  private static func exporter(of provider: MessageView) -> MessageView? {
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
    return config
  }

  private static func split(_ uri: String) -> (authority: String, path: String)? {
    guard uri.hasPrefix("http://") else { return nil }
    let rest = uri.dropFirst("http://".count)
    let authority = rest.prefix { $0 != "/" }
    let path = rest.dropFirst(authority.count)
    return authority.isEmpty ? nil : (String(authority), path.isEmpty ? "/" : String(path))
  }

  private static func tags(of view: MessageView) -> [LiteralTag] {
    view.views("custom_tags").compactMap { tag in
      let name = tag.required("tag")
      guard let literal = tag.view("literal") else {
        tag.ignore("ignored: only literal tags are implemented")
        return nil
      }
      return LiteralTag(key: name, value: literal.string("value"))
    }
  }
}
