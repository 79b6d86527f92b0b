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
    if body.count > maxBodyBytes {
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
    idleTimeout = view.duration("idle_timeout")
    hashPolicies = view.views("hash_policy").compactMap { HashPolicyConfig(translating: $0) }
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
      return .clusterHeader(view.required("cluster_header").lowercased())
    }
    if let weighted = view.view("weighted_clusters") {
      return .weighted(WeightedClustersConfig(translating: weighted, scope))
    }
    view.reject("a destination is required; accepted: cluster, cluster_header, weighted_clusters")
    return nil
  }

  private static func pathRewrite(of view: MessageView) -> PathRewrite {
    let prefix = view.string("prefix_rewrite")
    guard let regex = view.view("regex_rewrite") else {
      return prefix.isEmpty ? .none : .prefix(prefix)
    }
    if !prefix.isEmpty {
      view.reject("regex_rewrite", "prefix_rewrite and regex_rewrite exclude one another")
    }
    guard let (pattern, substitution) = regex.substitution() else { return .none }
    return .regex(pattern: pattern, substitution: substitution)
  }

  private static func hostRewrite(of view: MessageView) -> HostRewrite {
    if let text = view.stringIfSet("host_rewrite_literal") { return .literal(text) }
    if let name = view.stringIfSet("host_rewrite_header") { return .header(name.lowercased()) }
    return view.wrappedBool("auto_host_rewrite") == true ? .auto : .none
  }
}

extension MessageView {
  /// Reads a `type.matcher.v3.RegexMatchAndSubstitute`.
  fileprivate func substitution() -> (pattern: String, substitution: String)? {
    let text = string("substitution")
    guard let pattern = regex("pattern") else {
      if !has("pattern") { reject("pattern", "required") }
      return nil
    }
    return (pattern, text)
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
    view.checkWeights(clusters)
    let sum = clusters.reduce(UInt64(0)) { $0 + UInt64($1.weight) }
    if let total = view.wrappedUnsigned("total_weight"), total != sum {
      view.reject("total_weight", "found \(total), but the weights sum to \(sum)")
    }
    selectionHeader = view.stringIfSet("header_name").map { $0.lowercased() }
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
      hostRewrite: view.stringIfSet("host_rewrite_literal"))
  }
}

extension HashPolicyConfig {
  fileprivate init?(translating view: MessageView) {
    let terminal = view.bool("terminal")
    if let header = view.view("header") {
      self.init(input: .header(header.required("header_name").lowercased()), terminal: terminal)
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
    self.init(
      scheme: view.nonEmptyString("scheme_redirect"), host: view.nonEmptyString("host_redirect"))
    if view.bool("https_redirect") { scheme = "https" }
    let port = view.unsigned("port_redirect")
    if port > 65535 {
      view.reject("port_redirect", "found \(port), accepted: 1 to 65535")
    } else if port > 0 {
      self.port = UInt16(port)
    }
    path = Self.path(of: view)
    status = Self.status(of: view)
    stripQuery = view.bool("strip_query")
  }

  private static func path(of view: MessageView) -> PathChange {
    if let text = view.stringIfSet("path_redirect") { return .replace(text) }
    if let text = view.stringIfSet("prefix_rewrite") { return .prefix(text) }
    guard let (pattern, substitution) = view.view("regex_rewrite")?.substitution() else {
      return .none
    }
    return .regex(pattern: pattern, substitution: substitution)
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
