import Config
import HTTPModel

/// What a matched request gets. Immutable, shared by all workers.
public final class Route: Sendable {
  /// `Route.name`; may be empty.
  public let name: String
  /// `name` in UTF-8.
  public let nameText: [UInt8]

  let program: RouteProgram
  /// How it is forwarded; empty where the proxy answers by itself.
  let forward: ForwardAction
  /// What the proxy answers by itself; nil: the request is forwarded.
  let answer: RouteAnswer?
  /// How the path was matched; `prefix_rewrite` replaces what it matched.
  let path: PathMatcher
  let requestMutations: MutationLevels
  let responseMutations: MutationLevels
  /// Which upgrades it allows, over what its connection manager says.
  public let upgrades: UpgradePolicy

  init(_ draft: RouteDraft, _ program: RouteProgram) {
    name = draft.name
    nameText = Array(draft.name.utf8)
    self.program = program
    forward = draft.forward
    answer = draft.answer
    path = draft.path
    requestMutations = draft.requestMutations
    responseMutations = draft.responseMutations
    upgrades = draft.upgrades
  }

  var decision: RouteDecision {
    switch answer {
    case nil: .forward(self)
    case .redirect: .redirect(self)
    case .directResponse: .directResponse(self)
    }
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
  var forward: ForwardAction
  var answer: RouteAnswer?
  var path: PathMatcher
  var requestMutations: MutationLevels
  var responseMutations: MutationLevels
  var upgrades: UpgradePolicy
}

enum RouteAnswer: Sendable {
  case redirect(RedirectAction)
  case directResponse(status: Int, body: [UInt8])
}

/// A compiled `RouteAction`: plain values. Each is looked at where it stands, as all of them are too many
/// to be copied for a request.
struct ForwardAction: Sendable {
  enum Destination: Sendable {
    case none
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
  var destination = Destination.none
  var hostRewrite = HostRewrite.none
  var pathRewrite = PathRewrite.none
  var hashPolicies = ElementRange.empty
  var timeoutMilliseconds: UInt64?
  var maxStreamMilliseconds: UInt64?
  var maxGRPCTimeoutMilliseconds: UInt64?
  var grpcTimeoutOffsetMilliseconds: UInt64 = 0
  var boundsCallsByGRPCTimeout = false
  var idleTimeoutMilliseconds: UInt64?
  var clusterNotFoundStatus = 503
}

extension Route {
  // MARK: what the exchange asks

  /// From the end of the request to the end of the response; nil: no bound.
  public var timeoutMilliseconds: UInt64? { forward.timeoutMilliseconds }

  /// From the first byte of the request to the last of the response, in milliseconds; nil: no bound.
  public var maxStreamMilliseconds: UInt64? { forward.maxStreamMilliseconds }

  /// The most that `grpc-timeout` may ask for, in milliseconds; 0: no bound, nil: as `maxStreamMilliseconds`.
  public var maxGRPCTimeoutMilliseconds: UInt64? { forward.maxGRPCTimeoutMilliseconds }

  /// Taken off a `grpc-timeout` that is longer.
  public var grpcTimeoutOffsetMilliseconds: UInt64 { forward.grpcTimeoutOffsetMilliseconds }

  /// For calls of gRPC, `maxGRPCTimeoutMilliseconds` stands in place of `timeoutMilliseconds`.
  public var boundsCallsByGRPCTimeout: Bool { forward.boundsCallsByGRPCTimeout }

  /// Overrides the connection manager's stream idle timeout; nil: it stays.
  public var idleTimeoutMilliseconds: UInt64? { forward.idleTimeoutMilliseconds }

  /// The status of a request whose cluster is unknown (response flag NC).
  public var clusterNotFoundStatus: Int { forward.clusterNotFoundStatus }

  /// The chosen endpoint's host name is to become the authority: the exchange then calls
  /// `replaceAuthority` with it (`auto_host_rewrite`).
  public var rewritesHostToEndpoint: Bool {
    if case .endpointName = forward.hostRewrite { true } else { false }
  }

  /// The status and body of a direct response.
  public var directResponse: (status: Int, body: [UInt8])? {
    if case .directResponse(let status, let body)? = answer { (status, body) } else { nil }
  }

  /// The status of a redirect.
  public var redirectStatus: Int? {
    if case .redirect(let redirect)? = answer { redirect.status } else { nil }
  }
}
