import Config
import HTTPModel

/// Turns a route configuration into a program. What makes one valid was checked when it was read.
/// Control thread only.
struct RouteCompiler {
  let hostName: String
  /// Of every cluster the configuration names.
  let clusterIDs: [String: ClusterID]
  var program = RouteProgramDraft()
  private(set) var domains: [Domain] = []
  private(set) var virtualHosts: [ElementRange] = []
  private(set) var matchers: [RouteMatcher] = []
  private(set) var routes: [RouteDraft] = []

  init(hostName: String, clusterIDs: [String: ClusterID]) {
    self.hostName = hostName
    self.clusterIDs = clusterIDs
  }

  mutating func compile(_ config: RouteConfigurationConfig) {
    let table = mutations(config.headerMutations)
    for (index, host) in config.virtualHosts.enumerated() { compile(host, index, table) }
  }

  private mutating func compile(
    _ host: VirtualHostConfig, _ index: Int, _ table: LevelMutations
  ) {
    for domain in host.domains { add(domain, of: index) }
    let own = mutations(host.headerMutations)
    let start = matchers.count
    for route in host.routes {
      let matcher = matcher(route.match, salt: UInt64(matchers.count))
      let level = mutations(route.headerMutations)
      matchers.append(matcher)
      routes.append(
        RouteDraft(
          name: route.name, forward: forward(route.action),
          answer: answer(route.action), path: matcher.path,
          requestMutations: .init(
            route: level.request, virtualHost: own.request, table: table.request),
          responseMutations: .init(
            route: level.response, virtualHost: own.response, table: table.response),
          upgrades: upgrades(route.action)))
    }
    virtualHosts.append(ElementRange(start..<matchers.count))
  }

  private mutating func add(_ domain: String, of virtualHost: Int) {
    let lower = domain.asciiLowercased
    let kind: Domain.Kind
    switch (lower.hasPrefix("*"), lower.hasSuffix("*")) {
    case (false, false): kind = .exact
    case (true, true): kind = .any
    case (true, false): kind = .suffix
    case (false, true): kind = .prefix
    }
    let body = program.place(lower.filter { $0 != "*" })
    domains.append(.init(kind: kind, text: body, virtualHost: virtualHost))
  }
}
