import Config

extension RouteActionConfig {
  /// Reads the `action` of a `route.v3.Route`.
  init?(translating route: MessageView, _ scope: RouteScope) {
    if let action = route.view("route") {
      guard let forward = ForwardConfig(translating: action, scope) else { return nil }
      self = .forward(forward)
    } else if let redirect = route.view("redirect") {
      self = .redirect(RedirectConfig(translating: redirect))
    } else if let response = route.view("direct_response") {
      self = Self.directResponse(response, scope.maxBodyBytes)
    } else {
      let accepted = "accepted: route, redirect, direct_response"
      for name in ["filter_action", "non_forwarding_action"] where route.has(name) {
        route.reject(name, "not implemented; \(accepted)")
        return nil
      }
      route.reject("an action is required; \(accepted)")
      return nil
    }
  }

  private static func directResponse(_ view: MessageView, _ maxBodyBytes: Int) -> RouteActionConfig
  {
    let status = view.unsigned("status")
    if !(200...599).contains(status) {
      view.reject("status", "found \(status), accepted: 200 to 599")
    }
    var body: [UInt8] = []
    if let source = view.view("body") {
      if let text = source.stringIfSet("inline_string") {
        body = Array(text.utf8)
      } else if let bytes = source.bytesIfSet("inline_bytes") {
        body = bytes
      } else {
        source.reject("accepted: inline_string, inline_bytes")
      }
    }
    if !body.isEmpty, [204, 205, 304].contains(status) {
      view.reject("body", "found \(body.count) bytes, but a \(status) response has no content")
    } else if body.count > maxBodyBytes {
      let limit = "max_direct_response_body_size_bytes is \(maxBodyBytes)"
      view.reject("body", "found \(body.count) bytes; \(limit)")
    }
    return .directResponse(status: Int(clamping: status), body: body)
  }
}

extension ForwardConfig {
  fileprivate init?(translating view: MessageView, _ scope: RouteScope) {
    let destination = Self.destination(of: view, scope)
    self.init(destination: destination ?? .cluster(""))
    pathRewrite = Self.pathRewrite(of: view)
    hostRewrite = Self.hostRewrite(of: view)
    timeout = view.timeout("timeout", unset: .seconds(15))
    readStreamDuration(view)
    idleTimeout = view.duration("idle_timeout")
    hashPolicies = view.views("hash_policy").compactMap { HashPolicyConfig(translating: $0) }
    upgrades = UpgradeConfig.ofRoute(view)
    switch view.enumerationName("cluster_not_found_response_code") {
    case "NOT_FOUND": clusterNotFoundStatus = 404
    case "INTERNAL_SERVER_ERROR": clusterNotFoundStatus = 500
    default: clusterNotFoundStatus = 503
    }
    if destination == nil { return nil }
    if !hashPolicies.isEmpty && !choosesByHash {
      let reader = "only weighted_clusters with use_hash_policy asks for a hash"
      view.ignore("hash_policy", "ignored: \(reader); no lb_policy does")
    }
  }

  private mutating func readStreamDuration(_ view: MessageView) {
    let durations = view.view("max_stream_duration")
    maxStreamDuration = durations?.duration("max_stream_duration")
    maxGRPCTimeout = durations?.duration("grpc_timeout_header_max")
    grpcTimeoutOffset = durations?.duration("grpc_timeout_header_offset") ?? .zero
    guard let most = view.duration("max_grpc_timeout") else { return }
    if durations?.has("grpc_timeout_header_max") == true {
      let instead = "max_stream_duration.grpc_timeout_header_max stands over it"
      view.ignore("max_grpc_timeout", "ignored: \(instead)")
      return
    }
    maxGRPCTimeout = most
    boundsCallsByGRPCTimeout = true
    grpcTimeoutOffset = view.duration("grpc_timeout_offset") ?? grpcTimeoutOffset
  }

  private var choosesByHash: Bool {
    if case .weighted(let choice) = destination { choice.usesHashPolicy } else { false }
  }

  private static func destination(of view: MessageView, _ scope: RouteScope) -> Destination? {
    if view.has("cluster") {
      let name = view.required("cluster")
      scope.check(name, "cluster", in: view)
      return .cluster(name)
    }
    if view.has("cluster_header") {
      return .clusterHeader(view.headerName("cluster_header"))
    }
    if let weighted = view.view("weighted_clusters") {
      return .weighted(WeightedClustersConfig(translating: weighted, scope))
    }
    view.reject("a destination is required; accepted: cluster, cluster_header, weighted_clusters")
    return nil
  }

  private static func pathRewrite(of view: MessageView) -> PathRewrite {
    let prefix = view.visibleText("prefix_rewrite") ?? ""
    view.refuseFragment("prefix_rewrite")
    guard let regex = view.view("regex_rewrite") else {
      return prefix.isEmpty ? .none : .prefix(prefix)
    }
    if !prefix.isEmpty {
      view.reject("regex_rewrite", "prefix_rewrite and regex_rewrite exclude one another")
    }
    regex.refuseFragment("substitution")
    return RegexRewriteConfig(translating: regex).map { .regex($0) } ?? .none
  }

  private static func hostRewrite(of view: MessageView) -> HostRewrite {
    if let host = view.authority("host_rewrite_literal") { return .literal(host) }
    if view.stringIfSet("host_rewrite_header") != nil {
      return .header(view.headerName("host_rewrite_header"))
    }
    return view.wrappedBool("auto_host_rewrite") == true ? .auto : .none
  }
}

extension RegexRewriteConfig {
  fileprivate init?(translating view: MessageView) {
    let substitution = view.string("substitution")
    if !view.has("pattern") { view.reject("pattern", "required") }
    guard let pattern = view.regex("pattern", ignoresCase: false, .anyPart) else { return nil }
    do throws(FormatFault) {
      try self.init(pattern: pattern, substitution: substitution)
    } catch {
      view.reject("substitution", error.text)
      return nil
    }
  }
}

extension MessageView {
  /// A field that holds a header's name, in lower case.
  fileprivate func headerName(_ field: String) -> String {
    let name = required(field).lowercased()
    if !name.isEmpty && !HeaderText.isName(name) {
      reject(field, found: name, accepted: "a header name")
    }
    return name
  }

  /// A field whose text goes into a request line or a URL; nil when unset or empty.
  fileprivate func visibleText(_ field: String) -> String? {
    guard let text = nonEmptyString(field) else { return nil }
    if !HeaderText.isVisible(text) { reject(field, found: text, accepted: "visible ASCII") }
    return text
  }

  /// What goes into a request line has no fragment (RFC 9112 section 3.2).
  fileprivate func refuseFragment(_ field: String) {
    let text = string(field)
    if text.contains("#") { reject(field, found: text, accepted: "a text without #") }
  }
}

extension WeightedClustersConfig {
  fileprivate init(translating view: MessageView, _ scope: RouteScope) {
    let clusters = view.views("clusters").map { entry in
      let cluster = WeightedClusterConfig(translating: entry)
      scope.check(cluster.cluster, "name", in: entry)
      return cluster
    }
    self.init(clusters: clusters)
    if view.views("clusters").allSatisfy({ $0.has("weight") }) { view.checkWeights(clusters) }
    let sum = clusters.reduce(UInt64(0)) { $0 + UInt64($1.weight) }
    if let total = view.wrappedUnsigned("total_weight"), total != sum {
      view.reject("total_weight", "found \(total), but the weights sum to \(sum)")
    }
    if view.stringIfSet("header_name") != nil { selectionHeader = view.headerName("header_name") }
    usesHashPolicy = view.wrappedBool("use_hash_policy") ?? false
  }
}

extension WeightedClusterConfig {
  fileprivate init(translating view: MessageView) {
    if !view.has("weight") { view.reject("weight", "required") }
    self.init(
      cluster: view.required("name"),
      weight: UInt32(clamping: view.wrappedUnsigned("weight") ?? 0),
      headerMutations: HeaderMutationsConfig(translating: view),
      hostRewrite: view.authority("host_rewrite_literal"))
  }
}

extension HashPolicyConfig {
  fileprivate init?(translating view: MessageView) {
    let terminal = view.bool("terminal")
    if let header = view.view("header") {
      self.init(input: .header(header.headerName("header_name")), terminal: terminal)
    } else if let cookie = view.view("cookie") {
      self.init(input: .cookie(name: cookie.required("name")), terminal: terminal)
    } else if let parameter = view.view("query_parameter") {
      self.init(input: .queryParameter(parameter.required("name")), terminal: terminal)
    } else if let properties = view.view("connection_properties") {
      guard properties.bool("source_ip") else { return nil }
      self.init(input: .sourceIP, terminal: terminal)
    } else {
      let accepted = "accepted: header, cookie, connection_properties, query_parameter"
      if view.has("filter_state") {
        view.reject("filter_state", "not implemented; \(accepted)")
      } else {
        view.reject("a source of the hash is required; \(accepted)")
      }
      return nil
    }
  }
}

extension RedirectConfig {
  fileprivate init(translating view: MessageView) {
    self.init(scheme: Self.scheme(of: view), host: Self.host(of: view))
    let port = view.unsigned("port_redirect")
    if port > 65535 {
      view.reject("port_redirect", "found \(port), accepted: 1 to 65535")
    } else if port > 0 {
      self.port = UInt16(port)
      if let host, HostText.hasPort(host) {
        view.reject("port_redirect", "found \(port), but host_redirect has a port: \(host)")
      }
    }
    path = Self.path(of: view)
    status = Self.status(of: view)
    stripQuery = view.bool("strip_query")
  }

  private static func scheme(of view: MessageView) -> String? {
    if view.bool("https_redirect") { return "https" }
    guard let scheme = view.nonEmptyString("scheme_redirect") else { return nil }
    if !HeaderText.isScheme(scheme) {
      view.reject("scheme_redirect", found: scheme, accepted: "a scheme, as https")
    }
    return scheme
  }

  private static func host(of view: MessageView) -> String? {
    view.string("host_redirect").isEmpty ? nil : view.authority("host_redirect")
  }

  private static func path(of view: MessageView) -> PathChange {
    if let path = view.stringIfSet("path_redirect") {
      if !path.hasPrefix("/") {
        view.reject("path_redirect", found: path, accepted: "a path that begins with /")
        return .none
      }
      return .replace(view.visibleText("path_redirect") ?? "")
    }
    if view.stringIfSet("prefix_rewrite") != nil {
      return .prefix(view.visibleText("prefix_rewrite") ?? "")
    }
    guard let regex = view.view("regex_rewrite") else { return .none }
    return RegexRewriteConfig(translating: regex).map { .regex($0) } ?? .none
  }

  private static func status(of view: MessageView) -> Int {
    switch view.enumerationName("response_code") {
    case "FOUND": 302
    case "SEE_OTHER": 303
    case "TEMPORARY_REDIRECT": 307
    case "PERMANENT_REDIRECT": 308
    default: 301
    }
  }
}
