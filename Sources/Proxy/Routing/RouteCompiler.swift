import Config
import HTTPModel

/// Turns a route configuration into a program, and says what it could not. Control thread only.
struct RouteCompiler {
  let hostName: String
  var program = RouteProgramDraft()
  var findings: [ConfigFinding] = []
  private(set) var domains: [Domain] = []
  private(set) var virtualHosts: [ElementRange] = []
  private(set) var matchers: [RouteMatcher] = []
  private(set) var routes: [RouteDraft] = []
  /// Domains seen, with their virtual host's name.
  private var owners: [String: String] = [:]

  init(hostName: String) { self.hostName = hostName }

  mutating func reject(_ path: String, _ text: String) {
    findings.append(ConfigFinding(.rejected, path: path, text: text))
  }

  mutating func compile(
    _ config: RouteConfigurationConfig, at path: String, _ clusterID: (String) -> ClusterID
  ) {
    let table = mutations(config.headerMutations, at: path)
    for (index, host) in config.virtualHosts.enumerated() {
      let place = "\(path).virtual_hosts[\(host.name.isEmpty ? String(index) : host.name)]"
      compile(host, index, at: place, table, clusterID)
    }
  }

  private mutating func compile(
    _ host: VirtualHostConfig, _ index: Int, at path: String, _ table: LevelMutations,
    _ clusterID: (String) -> ClusterID
  ) {
    for (number, domain) in host.domains.enumerated() {
      add(domain, of: host, index, at: "\(path).domains[\(number)]")
    }
    let own = mutations(host.headerMutations, at: path)
    let start = matchers.count
    for (number, route) in host.routes.enumerated() {
      let place = "\(path).routes[\(route.name.isEmpty ? String(number) : route.name)]"
      let matcher = matcher(route.match, salt: UInt64(matchers.count), at: "\(place).match")
      let level = mutations(route.headerMutations, at: place)
      matchers.append(matcher)
      routes.append(
        RouteDraft(
          name: route.name, virtualHostName: host.name,
          action: action(route.action, at: place, clusterID), path: matcher.path,
          requestMutations: .init(
            route: level.request, virtualHost: own.request, table: table.request),
          responseMutations: .init(
            route: level.response, virtualHost: own.response, table: table.response)))
    }
    virtualHosts.append(ElementRange(start..<matchers.count))
  }

  private mutating func add(
    _ domain: String, of host: VirtualHostConfig, _ index: Int, at path: String
  ) {
    let lower = domain.asciiLowercased
    if let owner = owners[lower] {
      return reject(path, "\"\(domain)\" is already a domain of virtual host \"\(owner)\"")
    }
    owners[lower] = host.name
    let body = lower.filter { $0 != "*" }
    switch (lower.hasPrefix("*"), lower.hasSuffix("*"), lower.utf8.count - body.utf8.count) {
    case (_, _, 0) where !lower.isEmpty:
      domains.append(.init(kind: .exact, text: program.place(body), virtualHost: index))
    case (true, true, 1):
      domains.append(.init(kind: .any, text: .empty, virtualHost: index))
    case (true, false, 1):
      domains.append(.init(kind: .suffix, text: program.place(body), virtualHost: index))
    case (false, true, 1):
      domains.append(.init(kind: .prefix, text: program.place(body), virtualHost: index))
    default:
      reject(
        path, "\"\(domain)\" is no domain; accepted: a name, *.suffix, prefix.* or a lone *")
    }
  }

  // MARK: regular expressions

  /// The index of a compiled pattern; 0 and a finding when it does not compile.
  mutating func regex(
    _ pattern: String, ignoresCase: Bool = false, extent: RegularExpression.Extent,
    at path: String
  ) -> Int {
    do {
      program.regexes.append(
        try RegularExpression(pattern, ignoresCase: ignoresCase, extent: extent))
      return program.regexes.count - 1
    } catch {
      reject(
        path,
        "\"\(pattern)\" does not compile: \(error.reason) at byte \(error.offset); "
          + "accepted: a PCRE2 pattern")
      return 0
    }
  }
}
