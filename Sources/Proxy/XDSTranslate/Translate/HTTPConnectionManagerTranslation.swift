import Config

extension HTTPConnectionManagerConfig {
  init?(translating view: MessageView, in bootstrap: BootstrapScope) {
    let prefix = view.required("stat_prefix")
    let source = Self.routes(of: view, bootstrap)
    self.init(statPrefix: prefix, routes: source ?? .rds(name: ""))
    readFilters(view)
    readProtocols(view)
    if let rds = view.view("rds") { routesFetchTimeout = rds.initialFetchTimeout("config_source") }
    readTimeouts(view)
    readLimits(view)
    readIdentity(view)
    forwardedCertificate = ForwardedCertificateConfig(translating: view)
    readPaths(view)
    upgrades = UpgradeConfig.ofManager(view)
    UpgradeConfig.warnOfConnect(view, upgrades)
    tracing = view.view("tracing").flatMap {
      TracingConfig(translating: $0, in: bootstrap)
    }
    accessLogs = AccessLogConfig.list(in: view, "access_log")
    if source == nil { return nil }
  }

  private static func routes(
    of view: MessageView, _ bootstrap: BootstrapScope
  ) -> RouteSource? {
    if let rds = view.view("rds") {
      let name = rds.required("route_config_name")
      rds.requireADS("config_source")
      return .rds(name: name)
    }
    guard let table = view.view("route_config") else {
      view.reject("route_config", "required: route_config or rds")
      return nil
    }
    return .inline(
      RouteConfigurationConfig(
        translating: table, requiresName: false, clusters: bootstrap.clusters))
  }

  private mutating func readProtocols(_ view: MessageView) {
    let name = view.enumerationName("codec_type")
    switch name {
    case "AUTO": codec = .auto
    case "HTTP1": codec = .http1
    case "HTTP2": codec = .http2
    default: view.reject("codec_type", "found \(name), accepted: AUTO, HTTP1, HTTP2")
    }
    // Where the options are not given at all, HTTP/1.0 clients are served.
    if let options = view.view("http_protocol_options") { readHTTP1(options) }
    http2 = view.view("http2_protocol_options").map { HTTP2OptionsConfig(translating: $0) } ?? http2
  }

  private mutating func readHTTP1(_ options: MessageView) {
    http1 = HTTP1OptionsConfig(translating: options)
    acceptHTTP10 = options.bool("accept_http_10")
    defaultHost = options.authority("default_host_for_http_10") ?? ""
    if options.wrappedBool("allow_absolute_url") == false {
      options.ignore("allow_absolute_url", "ignored: requests with an absolute URL are served")
    }
    if options.bool("send_fully_qualified_url") {
      options.ignore("send_fully_qualified_url", "ignored: it is about requests to endpoints")
    }
  }

  private mutating func readTimeouts(_ view: MessageView) {
    requestHeadersTimeout = view.timeout("request_headers_timeout", unset: requestHeadersTimeout)
    streamIdleTimeout = view.timeout("stream_idle_timeout", unset: streamIdleTimeout)
    requestTimeout = view.timeout("request_timeout", unset: nil)
    drainTimeout = view.duration("drain_timeout") ?? drainTimeout
    delayedCloseTimeout = view.duration("delayed_close_timeout") ?? delayedCloseTimeout
    guard let common = view.view("common_http_protocol_options") else { return }
    idleTimeout = common.timeout("idle_timeout", unset: idleTimeout)
    maxConnectionDuration = common.timeout("max_connection_duration", unset: nil)
    maxStreamDuration = common.timeout("max_stream_duration", unset: nil)
    maxRequestsPerConnection = common.wrappedCount(
      "max_requests_per_connection", in: 0...UInt64(UInt32.max)
    ).flatMap { $0 == 0 ? nil : $0 }
  }

  private mutating func readLimits(_ view: MessageView) {
    maxRequestHeadBytes = view.headBytes("max_request_headers_kb") ?? maxRequestHeadBytes
    guard let common = view.view("common_http_protocol_options") else { return }
    maxHeaderCount = common.headerCount() ?? maxHeaderCount
    if common.has("max_response_headers_kb") {
      common.ignore("max_response_headers_kb", "ignored: it is about responses of endpoints")
    }
    switch common.enumerationName("headers_with_underscores_action") {
    case "REJECT_REQUEST": underscores = .rejectRequest
    case "DROP_HEADER": underscores = .dropField
    default: underscores = .allow
    }
  }

  private mutating func readIdentity(_ view: MessageView) {
    let transformation = view.enumerationName("server_header_transformation")
    let name = view.fieldText("server_name")
    switch transformation {
    case "OVERWRITE": serverName = name
    case "APPEND_IF_ABSENT":
      serverName = name
      keepsServer = true
    case "PASS_THROUGH": serverName = ""
    default: view.reject("server_header_transformation", "found \(transformation), no known value")
    }
    via = view.fieldText("via")
    useRemoteAddress = view.wrappedBool("use_remote_address") ?? false
    let skipsAppending = view.bool("skip_xff_append")
    appendsForwardedFor = useRemoteAddress && !skipsAppending
    xffTrustedHops = Int(view.unsigned("xff_num_trusted_hops"))
    generateRequestID = view.wrappedBool("generate_request_id") ?? true
    // A request that has an id keeps it, whoever sent it, and an expectation is the endpoint's to meet.
    view.accept("preserve_external_request_id", "proxy_100_continue")
  }

  private mutating func readPaths(_ view: MessageView) {
    normalizePath = view.wrappedBool("normalize_path") ?? false
    mergeSlashes = view.bool("merge_slashes")
    stripAnyHostPort = view.bool("strip_any_host_port")
    switch view.enumerationName("path_with_escaped_slashes_action") {
    case "REJECT_REQUEST": escapedSlashes = .rejectRequest
    case "UNESCAPE_AND_REDIRECT": escapedSlashes = .unescapeAndRedirect
    case "UNESCAPE_AND_FORWARD": escapedSlashes = .unescapeAndForward
    default: escapedSlashes = .keepUnchanged
    }
  }
}

extension ForwardedCertificateConfig {
  fileprivate init(translating manager: MessageView) {
    self.init()
    switch manager.enumerationName("forward_client_cert_details") {
    case "FORWARD_ONLY": mode = .forwardOnly
    case "APPEND_FORWARD": mode = .appendForward
    case "SANITIZE_SET": mode = .sanitizeSet
    case "ALWAYS_FORWARD_ONLY": mode = .alwaysForwardOnly
    default: mode = .sanitize
    }
    let name = "set_current_client_cert_details"
    guard let details = manager.view(name) else { return }
    guard mode == .appendForward || mode == .sanitizeSet else {
      manager.ignore(
        name, "ignored: APPEND_FORWARD and SANITIZE_SET alone write of the client's certificate")
      return
    }
    includesSubject = details.wrappedBool("subject") ?? false
    includesCertificate = details.bool("cert")
    includesChain = details.bool("chain")
    includesDNSNames = details.bool("dns")
    includesURIs = details.bool("uri")
  }
}
