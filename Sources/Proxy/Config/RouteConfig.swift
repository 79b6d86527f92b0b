import Patterns

/// A table from request to action. Source: `envoy.config.route.v3.RouteConfiguration`.
public struct RouteConfigurationConfig: Equatable, Sendable {
  public var name: String
  public var virtualHosts: [VirtualHostConfig]
  public var headerMutations: HeaderMutationsConfig
  /// `ignore_port_in_host_matching`: domains are compared with the host alone.
  public var ignoresPort = false

  public init(
    name: String, virtualHosts: [VirtualHostConfig],
    headerMutations: HeaderMutationsConfig = .init()
  ) {
    self.name = name
    self.virtualHosts = virtualHosts
    self.headerMutations = headerMutations
  }
}

/// The routes of a set of authorities. Domains: exact, `*.suffix`, `prefix.*` or `*`.
/// Source: `envoy.config.route.v3.VirtualHost`.
public struct VirtualHostConfig: Equatable, Sendable {
  public var name: String
  public var domains: [String]
  public var routes: [RouteConfig]
  public var headerMutations: HeaderMutationsConfig

  public init(
    name: String, domains: [String], routes: [RouteConfig],
    headerMutations: HeaderMutationsConfig = .init()
  ) {
    self.name = name
    self.domains = domains
    self.routes = routes
    self.headerMutations = headerMutations
  }
}

/// The first route whose match holds decides. Source: `envoy.config.route.v3.Route`.
public struct RouteConfig: Equatable, Sendable {
  public var name: String
  public var match: RouteMatchConfig
  public var action: RouteActionConfig
  public var headerMutations: HeaderMutationsConfig

  public init(
    name: String = "", match: RouteMatchConfig, action: RouteActionConfig,
    headerMutations: HeaderMutationsConfig = .init()
  ) {
    self.name = name
    self.match = match
    self.action = action
    self.headerMutations = headerMutations
  }
}

/// Source: `envoy.config.route.v3.RouteMatch`.
public struct RouteMatchConfig: Equatable, Sendable {
  public enum Path: Equatable, Sendable {
    case prefix(String)
    case exact(String)
    /// The whole path without the query must match; it heeds case or not by itself.
    case regex(RegularExpression)
    /// `path_separated_prefix`: `/api` matches `/api` and `/api/x`, not `/apix`.
    case separatedPrefix(String)
    /// `connect_matcher`: CONNECT, which has no path and which no other condition takes.
    case connect
  }

  public var path: Path
  public var caseSensitive: Bool
  public var headers: [HeaderMatcherConfig]
  public var queryParameters: [QueryParameterMatcherConfig]
  /// `runtime_fraction.default_value` in parts per million; nil: always.
  public var fractionPerMillion: Int?
  public var clientCertificate = ClientCertificateMatchConfig()
  /// Takes calls of gRPC only (`grpc`).
  public var takesGRPCOnly = false

  public init(
    path: Path, caseSensitive: Bool = true, headers: [HeaderMatcherConfig] = [],
    queryParameters: [QueryParameterMatcherConfig] = [], fractionPerMillion: Int? = nil
  ) {
    self.path = path
    self.caseSensitive = caseSensitive
    self.headers = headers
    self.queryParameters = queryParameters
    self.fractionPerMillion = fractionPerMillion
  }
}

/// What must hold of the client's certificate; nil: either.
/// Source: `envoy.config.route.v3.RouteMatch.TlsContextMatchOptions`.
public struct ClientCertificateMatchConfig: Equatable, Sendable {
  /// One was shown.
  public var isPresented: Bool?
  /// One was shown that leads to a trusted authority, or is pinned.
  public var isValidated: Bool?

  public init() {}
}

/// Source: `envoy.type.matcher.v3.StringMatcher`.
public struct StringMatcherConfig: Hashable, Sendable {
  public enum Pattern: Hashable, Sendable {
    case exact(String), prefix(String), suffix(String), contains(String)
    /// The whole value must match; it heeds case or not by itself.
    case regex(RegularExpression)
  }
  public var pattern: Pattern
  public var ignoreCase: Bool

  public init(_ pattern: Pattern, ignoreCase: Bool = false) {
    self.pattern = pattern
    self.ignoreCase = ignoreCase
  }
}

/// Source: `envoy.config.route.v3.HeaderMatcher`.
public struct HeaderMatcherConfig: Equatable, Sendable {
  public enum Condition: Equatable, Sendable {
    case string(StringMatcherConfig)
    /// Half-open: start <= value < end.
    case range(start: Int64, end: Int64)
    case present(Bool)
  }
  /// Lower-case header name; `:authority`, `:method`, `:path`, `:scheme` name the pseudo-headers.
  public var name: String
  public var condition: Condition
  public var invert: Bool
  public var treatMissingAsEmpty: Bool

  public init(
    name: String, condition: Condition, invert: Bool = false, treatMissingAsEmpty: Bool = false
  ) {
    self.name = name
    self.condition = condition
    self.invert = invert
    self.treatMissingAsEmpty = treatMissingAsEmpty
  }
}

/// Source: `envoy.config.route.v3.QueryParameterMatcher`.
public struct QueryParameterMatcherConfig: Equatable, Sendable {
  public var name: String
  /// nil: the parameter must be present.
  public var string: StringMatcherConfig?

  public init(name: String, string: StringMatcherConfig?) {
    self.name = name
    self.string = string
  }
}

/// Header changes at one level (route, virtual host or table); the most specific level runs first.
public struct HeaderMutationsConfig: Equatable, Sendable {
  public var requestAdd: [HeaderValueConfig] = []
  public var requestRemove: [String] = []
  public var responseAdd: [HeaderValueConfig] = []
  public var responseRemove: [String] = []
  public init() {}
}

/// Source: `envoy.config.core.v3.HeaderValueOption`.
public struct HeaderValueConfig: Equatable, Sendable {
  public enum AppendAction: Equatable, Sendable {
    case appendIfExistsOrAdd, addIfAbsent, overwriteIfExistsOrAdd, overwriteIfExists
  }
  /// Lower case.
  public var name: String
  public var value: FormatString
  public var appendAction: AppendAction

  public init(
    name: String, value: FormatString, appendAction: AppendAction = .appendIfExistsOrAdd
  ) {
    self.name = name
    self.value = value
    self.appendAction = appendAction
  }
}

extension RouteConfigurationConfig {
  /// Every cluster the table names.
  public var clusterNames: Set<String> {
    var names: Set<String> = []
    for case .forward(let forward) in virtualHosts.lazy.flatMap(\.routes).map(\.action) {
      switch forward.destination {
      case .cluster(let name): names.insert(name)
      case .clusterHeader: break
      case .weighted(let choice): names.formUnion(choice.clusters.map(\.cluster))
      }
    }
    return names
  }
}
