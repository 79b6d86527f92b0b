import Config
import HTTPModel
import Patterns

/// What routing makes of a request.
public enum RouteDecision {
  case forward(Route)
  case redirect(Route)
  case directResponse(Route)
  /// No virtual host or no route holds the request (response flag NR).
  case notFound
  /// A regular expression was given up for its cost before a route was found. No route is guessed: the
  /// one that was meant may be the one that refuses the request.
  case undecided
}

/// A compiled `RouteConfiguration`: from a request's head to its route. Immutable, shared by all
/// workers.
public final class RouteTable: Sendable {
  public let name: String
  private let program: RouteProgram
  private let domains: DomainTable
  /// Where each virtual host's routes stand.
  private let virtualHosts: [ElementRange]
  private let matchers: [RouteMatcher]
  private let routes: [Route]

  /// - Parameters:
  ///   - config: what to compile, valid as XDSTranslate leaves it.
  ///   - hostName: the value of `%HOSTNAME%`.
  ///   - clusterID: gives a cluster name its number.
  public init(
    compiling config: RouteConfigurationConfig, hostName: String,
    clusterID: (String) -> ClusterID
  ) {
    name = config.name
    var ids: [String: ClusterID] = [:]
    for cluster in config.clusterNames { ids[cluster] = clusterID(cluster) }
    var compiler = RouteCompiler(hostName: hostName, clusterIDs: ids)
    compiler.compile(config)
    let program = RouteProgram(compiler.program)
    self.program = program
    domains = DomainTable(
      compiler.domains, text: compiler.program.text, ignoresPort: config.ignoresPort)
    virtualHosts = compiler.virtualHosts
    matchers = compiler.matchers
    routes = compiler.routes.map { Route($0, program) }
  }

  /// The first route, in order, whose conditions all hold.
  /// - Parameters:
  ///   - random: 64 random bits of the request.
  ///   - workspace: the calling worker's.
  public func match(
    _ head: RequestHead, from origin: RequestOrigin, random: UInt64, _ workspace: PatternWorkspace
  ) -> RouteDecision {
    guard let host = domains.find(head.text(head.authority), program) else { return .notFound }
    let path = head.text(head.path)
    let first = path.firstWord
    let limitHits = workspace.regexLimitHits
    for index in virtualHosts[host].indices
    where matchers[index].path.matches(path, first: first, program, workspace) {
      let matcher = matchers[index]
      if matcher.isPathOnly
        || matcher.matchesFurther(head, origin, random: random, program, workspace)
      {
        return workspace.regexLimitHits == limitHits ? routes[index].decision : .undecided
      }
    }
    return workspace.regexLimitHits == limitHits ? .notFound : .undecided
  }

  /// As `match`, for a CONNECT without a path: only the routes for CONNECT count.
  public func matchConnect(
    _ head: RequestHead, from origin: RequestOrigin, random: UInt64, _ workspace: PatternWorkspace
  ) -> RouteDecision {
    guard let host = domains.find(head.text(head.authority), program) else { return .notFound }
    let limitHits = workspace.regexLimitHits
    for index in virtualHosts[host].indices
    where matchers[index].path.takesConnect
      && matchers[index].matchesFurther(head, origin, random: random, program, workspace)
    {
      return workspace.regexLimitHits == limitHits ? routes[index].decision : .undecided
    }
    return workspace.regexLimitHits == limitHits ? .notFound : .undecided
  }
}
