import Config

/// Which HTTP is spoken to a cluster's endpoints, and within which bounds.
extension ClusterConfig {
  mutating func readProtocols(_ view: MessageView) {
    view.view("common_http_protocol_options").map { readCommon($0) }
    // These are deprecated in favour of the typed options, and still what many files say.
    if let options = view.view("http_protocol_options") { http1 = .ofCluster(options) }
    if let options = view.view("http2_protocol_options") {
      httpProtocol = .http2(HTTP2OptionsConfig(translating: options))
    }
    for (key, any) in view.entries("typed_extension_protocol_options") {
      guard AnyType.name(of: any.message["type_url"]?.string ?? "") == TypeName.httpProtocolOptions
      else {
        any.reject(
          "protocol options \(key) are not implemented; accepted: \(TypeName.httpProtocolOptions)")
        continue
      }
      guard let options = any.openedContent() else { continue }
      options.view("common_http_protocol_options").map { readCommon($0) }
      readProtocol(options)
      let transport = view.view("transport_socket")
      if options.has("auto_config"), transport?.typeName("typed_config") != TypeName.upstreamTLS {
        options.reject(
          "auto_config", "ALPN needs TLS; accepted: a transport_socket of \(TypeName.upstreamTLS)")
      }
    }
  }

  /// From an `HttpProtocolOptions`, which need not name a protocol.
  private mutating func readProtocol(_ options: MessageView) {
    if let explicit = options.view("explicit_http_config") {
      let http2 = readVersions(explicit)
      httpProtocol = http2.map { .http2($0) } ?? .http1
    } else if let downstream = options.view("use_downstream_protocol_config") {
      httpProtocol = .asDownstream(readVersions(downstream) ?? .init())
    } else if let auto = options.view("auto_config") {
      httpProtocol = .auto(readVersions(auto) ?? .init())
    }
  }

  /// What is set for each version of HTTP; of HTTP/2 nil when nothing is.
  private mutating func readVersions(_ view: MessageView) -> HTTP2OptionsConfig? {
    if let options = view.view("http_protocol_options") { http1 = .ofCluster(options) }
    return view.view("http2_protocol_options").map { HTTP2OptionsConfig(translating: $0) }
  }

  /// From an `envoy.config.core.v3.HttpProtocolOptions`.
  private mutating func readCommon(_ common: MessageView) {
    idleTimeout = common.timeout("idle_timeout", unset: idleTimeout)
    maxRequestsPerConnection = Self.requestBound(common) ?? maxRequestsPerConnection
    maxConnectionDuration = common.timeout("max_connection_duration", unset: maxConnectionDuration)
    maxStreamDuration = common.timeout("max_stream_duration", unset: maxStreamDuration)
    maxHeaderCount = common.headerCount() ?? maxHeaderCount
    maxHeadBytes = common.headBytes("max_response_headers_kb") ?? maxHeadBytes
    if common.has("headers_with_underscores_action") {
      common.ignore(
        "headers_with_underscores_action", "ignored: it is about requests of clients")
    }
  }

  static func requestBound(_ view: MessageView) -> Int? {
    let bound = view.wrappedCount("max_requests_per_connection", in: 0...UInt64(UInt32.max))
    return bound == 0 ? nil : bound
  }
}

extension MessageView {
  /// `max_headers_count`; the codec holds no more than 4,096 (`HTTP1Limits`).
  func headerCount() -> Int? {
    let count = wrappedCount("max_headers_count", in: 1...10_000)
    checkBound("max_headers_count", count, 4096, "fields")
    return count
  }

  /// A bound of heads in KiB, in bytes; the codec holds no more than 65,535 (`HTTP1Limits`).
  func headBytes(_ name: String) -> Int? {
    let bytes = wrappedCount(name, in: 1...8192).map { $0 * 1024 }
    checkBound(name, bytes, 65_535, "bytes")
    return bytes
  }

  /// Says that no more than `most` is to be had.
  private func checkBound(_ name: String, _ wanted: Int?, _ most: Int, _ unit: String) {
    guard let wanted, wanted > most else { return }
    ignore(name, "found \(wanted) \(unit): no head of more than \(most) is taken")
  }
}
