import Config
import HTTPModel

/// What a matched request gets. Immutable, shared by all workers.
public final class Route: Sendable {
  /// `Route.name`; may be empty.
  public let name: String
  /// `name` in UTF-8.
  public let nameText: [UInt8]

  let program: RouteProgram
  let action: RouteAction
  /// How the path was matched; `prefix_rewrite` replaces what it matched.
  let path: PathMatcher
  let requestMutations: MutationLevels
  let responseMutations: MutationLevels

  init(_ draft: RouteDraft, _ program: RouteProgram) {
    name = draft.name
    nameText = Array(draft.name.utf8)
    self.program = program
    action = draft.action
    path = draft.path
    requestMutations = draft.requestMutations
    responseMutations = draft.responseMutations
  }

  var decision: RouteDecision {
    switch action {
    case .forward: .forward(self)
    case .redirect: .redirect(self)
    case .directResponse: .directResponse(self)
    }
  }

  var forward: ForwardAction? {
    if case .forward(let forward) = action { forward } else { nil }
  }
}

/// A route's header changes, a range of the program's mutations for each level, in the order they
/// run.
struct MutationLevels: Sendable {
  var route: ElementRange
  var virtualHost: ElementRange
  var table: ElementRange
}

/// A compiled route before the program is complete.
struct RouteDraft {
  var name: String
  var action: RouteAction
  var path: PathMatcher
  var requestMutations: MutationLevels
  var responseMutations: MutationLevels
}

enum RouteAction: Sendable {
  case forward(ForwardAction)
  case redirect(RedirectAction)
  case directResponse(status: Int, body: [UInt8])
}

/// A compiled `RouteAction`: plain values.
struct ForwardAction: Sendable {
  enum Destination: Sendable {
    case cluster(ClusterID, name: ByteRange)
    case header(FieldName)
    case weighted(WeightedChoice)
  }
  enum HostRewrite: Sendable {
    case none
    case literal(ByteRange)
    case header(FieldName)
    case endpointName
  }
  enum PathRewrite: Sendable {
    case none
    case prefix(ByteRange)
    case regex(RegexRewrite)
  }
  var destination: Destination
  var hostRewrite: HostRewrite
  var pathRewrite: PathRewrite
  var hashPolicies: ElementRange
  var timeoutMilliseconds: UInt64?
  var maxStreamMilliseconds: UInt64?
  var maxGRPCTimeoutMilliseconds: UInt64?
  var idleTimeoutMilliseconds: UInt64?
  var clusterNotFoundStatus: Int
}

extension Route {
  // MARK: what the exchange asks

  /// From the end of the request to the end of the response; nil: no bound.
  public var timeoutMilliseconds: UInt64? { forward?.timeoutMilliseconds }

  /// From the first byte of the request to the last of the response, in milliseconds; nil: no bound.
  public var maxStreamMilliseconds: UInt64? { forward?.maxStreamMilliseconds }

  /// The most that `grpc-timeout` may ask for, in milliseconds; nil: no bound.
  public var maxGRPCTimeoutMilliseconds: UInt64? { forward?.maxGRPCTimeoutMilliseconds }

  /// Overrides the connection manager's stream idle timeout; nil: it stays.
  public var idleTimeoutMilliseconds: UInt64? { forward?.idleTimeoutMilliseconds }

  /// The status of a request whose cluster is unknown (response flag NC).
  public var clusterNotFoundStatus: Int { forward?.clusterNotFoundStatus ?? 503 }

  /// The chosen endpoint's host name is to become the authority: the exchange then calls
  /// `replaceAuthority` with it (`auto_host_rewrite`).
  public var rewritesHostToEndpoint: Bool {
    if case .endpointName = forward?.hostRewrite { true } else { false }
  }

  /// The status and body of a direct response.
  public var directResponse: (status: Int, body: [UInt8])? {
    if case .directResponse(let status, let body) = action { (status, body) } else { nil }
  }

  /// The status of a redirect.
  public var redirectStatus: Int? {
    if case .redirect(let redirect) = action { redirect.status } else { nil }
  }
}
