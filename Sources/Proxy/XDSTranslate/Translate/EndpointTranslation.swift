import Config
import Platform

extension EndpointSet {
  /// An assignment whose endpoints must be IP addresses.
  init(translating view: MessageView, clusterName: String) {
    let name = view.nonEmptyString("cluster_name") ?? clusterName
    let localities = LocalityView.list(in: view).map { locality in
      LocalityEndpoints(
        locality: locality.locality, priority: locality.priority, weight: locality.weight,
        endpoints: locality.endpoints.compactMap { EndpointConfig(translating: $0) })
    }
    self.init(clusterName: name, localities: localities)
    overprovisioningPercent = view.overprovisioning() ?? overprovisioningPercent
  }
}

extension MessageView {
  /// What the `policy` of a `ClusterLoadAssignment` says.
  fileprivate func overprovisioning() -> UInt32? {
    let range = 1...UInt64(UInt32.max)
    let factor = view("policy")?.wrappedCount("overprovisioning_factor", in: range)
    return factor.map { UInt32(clamping: $0) }
  }
}

extension DNSDiscovery {
  /// The names of a STRICT_DNS cluster's `load_assignment`.
  init(translating cluster: MessageView, _ assignment: MessageView) {
    assignment.accept("cluster_name")
    var names: [Name] = []
    for locality in LocalityView.list(in: assignment) {
      for view in locality.endpoints {
        guard let endpoint = LbEndpointView(translating: view),
          let found = endpoint.endpoint.hostAndPort("address", ports: 1...65535)
        else { continue }
        if !HostText.isHost(found.host[...]), SocketAddress(found.host, port: 0) == nil {
          found.view.reject("address", found: found.host, accepted: "a DNS name or an IP address")
        }
        names.append(
          Name(
            host: found.host, port: found.port, weight: endpoint.weight, health: endpoint.health,
            locality: locality.locality, priority: locality.priority,
            localityWeight: locality.weight))
      }
    }
    self.init(names: names)
    overprovisioningPercent = assignment.overprovisioning() ?? overprovisioningPercent
    // Without a refresh rate the answer's TTL decides; with one, only when it is asked for.
    let rate = cluster.duration("dns_refresh_rate", .moreThanZero)
    refreshRate = rate ?? refreshRate
    respectsTTL = cluster.bool("respect_dns_ttl") || rate == nil
    switch cluster.enumerationName("dns_lookup_family") {
    case "V4_ONLY": lookup = .ipv4Only
    case "V6_ONLY": lookup = .ipv6Only
    case "V4_PREFERRED": lookup = .ipv4Preferred
    case "ALL": lookup = .all
    default: lookup = .auto
    }
  }
}

/// What `LocalityLbEndpoints` says beside its endpoints.
private struct LocalityView {
  let locality: LocalityConfig
  let priority: Int
  let weight: UInt32?
  let endpoints: [MessageView]

  static func list(in assignment: MessageView) -> [LocalityView] {
    assignment.views("endpoints").map { LocalityView($0) }
  }

  private init(_ view: MessageView) {
    locality = LocalityConfig(translating: view.view("locality"))
    let found = view.unsigned("priority")
    if found > 128 { view.reject("priority", "found \(found), accepted: 0 to 128") }
    priority = Int(min(found, 128))
    weight = view.wrappedCount("load_balancing_weight", in: 1...UInt64(UInt32.max)).map {
      UInt32(clamping: $0)
    }
    endpoints = view.views("lb_endpoints")
  }
}

/// What `LbEndpoint` says beside its address.
private struct LbEndpointView {
  let endpoint: MessageView
  let weight: UInt32
  let health: EndpointConfig.Health

  init?(translating view: MessageView) {
    let weight = view.wrappedCount("load_balancing_weight", in: 1...UInt64(UInt32.max)) ?? 1
    let health = Self.health(view.enumerationName("health_status"))
    if view.has("endpoint_name") {
      view.reject("endpoint_name", "named endpoints are not implemented; accepted: endpoint")
      return nil
    }
    guard let endpoint = view.view("endpoint") else {
      view.reject("endpoint", "required")
      return nil
    }
    self.endpoint = endpoint
    self.weight = UInt32(clamping: weight)
    self.health = health
  }

  private static func health(_ name: String) -> EndpointConfig.Health {
    switch name {
    case "UNHEALTHY", "TIMEOUT": .unhealthy
    case "DRAINING": .draining
    case "DEGRADED": .degraded
    default: .healthy
    }
  }
}

extension EndpointConfig {
  fileprivate init?(translating view: MessageView) {
    guard let found = LbEndpointView(translating: view) else { return nil }
    let hostname = found.endpoint.string("hostname")
    if !hostname.isEmpty { _ = found.endpoint.authority("hostname") }
    guard let address = found.endpoint.socketAddress("address", ports: 1...65535) else {
      return nil
    }
    self.init(address: address, hostname: hostname, weight: found.weight, health: found.health)
  }
}
