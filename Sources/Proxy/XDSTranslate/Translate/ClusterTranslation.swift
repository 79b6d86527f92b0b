import Config

extension ClusterConfig {
  init?(translating view: MessageView) {
    let name = view.fieldText("name")
    if name.isEmpty { view.reject("name", "required") }
    let discovery = Self.discovery(of: view, clusterName: name)
    let tls = Self.transport(of: view)
    let loadBalancing = Self.loadBalancing(of: view)
    self.init(name: name, discovery: discovery ?? .eds(serviceName: name))
    self.loadBalancing = loadBalancing
    if let eds = view.view("eds_cluster_config") {
      initialFetchTimeout = eds.initialFetchTimeout("eds_config")
    }
    readConnections(view)
    readProtocols(view)
    self.tls = tls
    warnOfALPN(view)
    circuitBreakers = CircuitBreakersConfig(translating: view)
    if let common = view.view("common_lb_config") {
      panicThresholdPercent = common.percent("healthy_panic_threshold") ?? panicThresholdPercent
      // Localities are always weighted by their load_balancing_weight.
      common.accept("locality_weighted_lb_config")
    }
    if discovery == nil { return nil }
  }

  private static func discovery(of view: MessageView, clusterName: String) -> Discovery? {
    if view.has("cluster_type") {
      view.reject("cluster_type", "custom cluster types are not implemented; \(acceptedTypes)")
      view.accept("load_assignment")
      return nil
    }
    let type = view.enumerationName("type")
    switch type {
    case "STATIC":
      guard let assignment = assignment(of: view) else { return nil }
      return .staticEndpoints(EndpointSet(translating: assignment, clusterName: clusterName))
    case "STRICT_DNS":
      guard let assignment = assignment(of: view) else { return nil }
      return .strictDNS(DNSDiscovery(translating: view, assignment))
    case "EDS":
      guard let eds = view.view("eds_cluster_config") else {
        view.reject("eds_cluster_config", "required with type EDS")
        return nil
      }
      eds.requireADS("eds_config")
      return .eds(serviceName: eds.nonEmptyString("service_name") ?? clusterName)
    default:
      view.reject("type", "found \(type), \(acceptedTypes)")
      view.accept("load_assignment")
      return nil
    }
  }

  private static let acceptedTypes = "accepted: STATIC, STRICT_DNS, EDS"

  private static func assignment(of view: MessageView) -> MessageView? {
    guard let assignment = view.view("load_assignment") else {
      view.reject("load_assignment", "required with type \(view.enumerationName("type"))")
      return nil
    }
    return assignment
  }

  /// nil: plain text, or rejected.
  private static func transport(of view: MessageView) -> UpstreamTLSConfig? {
    guard let socket = view.view("transport_socket") else { return nil }
    _ = socket.string("name")
    switch socket.typeName("typed_config") {
    case TypeName.rawBuffer:
      _ = socket.opened("typed_config")
      return nil
    case TypeName.upstreamTLS:
      return socket.opened("typed_config").flatMap { UpstreamTLSConfig(translating: $0) }
    default:
      socket.reject(
        "transport socket \(socket.extensionName) is not implemented; "
          + "accepted: \(TypeName.upstreamTLS), \(TypeName.rawBuffer)")
      return nil
    }
  }

  private static func loadBalancing(of view: MessageView) -> LoadBalancing {
    let policy = view.enumerationName("lb_policy")
    switch policy {
    case "ROUND_ROBIN": return .roundRobin
    case "RANDOM": return .random
    case "LEAST_REQUEST":
      let choices = view.view("least_request_lb_config")?.wrappedCount("choice_count", in: 2...1024)
      return .leastRequest(choiceCount: choices ?? 2)
    default:
      let accepted = "accepted: ROUND_ROBIN, LEAST_REQUEST, RANDOM"
      view.reject("lb_policy", "found \(policy), \(accepted)")
      return .roundRobin
    }
  }

  private mutating func readConnections(_ view: MessageView) {
    connectTimeout = view.duration("connect_timeout", .moreThanZero) ?? connectTimeout
    view.checkBufferLimit()
    maxRequestsPerConnection = Self.requestBound(view)
  }
}

extension CircuitBreakersConfig {
  fileprivate init(translating cluster: MessageView) {
    self.init()
    for threshold in cluster.view("circuit_breakers")?.views("thresholds") ?? [] {
      guard threshold.enumerationName("priority") == "DEFAULT" else {
        threshold.ignore("ignored: only the DEFAULT priority is implemented")
        continue
      }
      let range: ClosedRange<UInt64> = 0...UInt64(UInt32.max)
      maxConnections = threshold.wrappedCount("max_connections", in: range) ?? maxConnections
      maxPendingRequests =
        threshold.wrappedCount("max_pending_requests", in: range) ?? maxPendingRequests
      maxRequests = threshold.wrappedCount("max_requests", in: range) ?? maxRequests
      if threshold.has("max_retries") {
        let once = "a request that reached nobody is sent again once, whatever else runs"
        threshold.ignore("max_retries", "ignored: \(once)")
      }
    }
  }
}
