import Dispatch
import Hummingbird
import HummingbirdCore
import Logging
import Manifests
import MeshModel
import MeshStore

/// The push API: how operators and their tools declare the mesh and ask after it.
public struct PushAPI: Sendable {
  let repository: MeshRepository
  let proxies: @Sendable () -> [ProxyStatus]
  let refusals: @Sendable () -> [ProxyRefusal]
  let configuration: Configuration
  let logger: Logger
  /// Where the documents of pushes are read, one push after the other.
  let reading = DispatchQueue(label: "push")

  public struct Configuration: Sendable {
    public var address: ListenAddress
    /// When given, every call but `/healthz` has to bear it.
    public var token: String?
    /// Longest body of a push.
    public var maxBodyBytes: Int
    /// The file of the store, for `/v1/status`.
    public var database: String

    public init(
      address: ListenAddress, token: String?, database: String,
      maxBodyBytes: Int = PushLimits.bodyBytes
    ) {
      self.address = address
      self.token = token
      self.database = database
      self.maxBodyBytes = maxBodyBytes
    }
  }

  /// - Parameters:
  ///   - proxies: what is known of the proxies connected right now.
  ///   - refusals: the proxies that were not served.
  public init(
    repository: MeshRepository, configuration: Configuration, logger: Logger,
    proxies: @escaping @Sendable () -> [ProxyStatus] = { [] },
    refusals: @escaping @Sendable () -> [ProxyRefusal] = { [] }
  ) {
    self.repository = repository
    self.configuration = configuration
    self.logger = logger
    self.proxies = proxies
    self.refusals = refusals
  }

  /// The HTTP server, not yet listening.
  ///
  /// - Parameter onListening: called once with the port that was bound.
  public func server(
    onListening: @escaping @Sendable (Int) -> Void
  ) -> Application<RouterResponder<BasicRequestContext>> {
    var quiet = logger
    quiet.logLevel = max(.notice, logger.logLevel)
    let limits = HTTP1Channel.Configuration.DecoderConfiguration()
    let server = HTTP1Channel.Configuration(
      additionalChannelHandlers: [ParserFaultReplies(limits)], idleTimeout: .seconds(60),
      httpDecoderConfiguration: limits)
    return Application(
      responder: router().buildResponder(), server: .http1(configuration: server),
      configuration: ApplicationConfiguration(
        address: .hostname(configuration.address.host, port: configuration.address.port),
        serverName: "martlet-control"),
      onServerRunning: { onListening($0.localAddress?.port ?? 0) },
      logger: quiet)
  }

  /// The routes, for tests that need no socket.
  func router() -> Router<BasicRequestContext> {
    let router = Router(options: .autoGenerateHeadEndpoints)
    router.add(middleware: ProblemResponses(logger: logger))
    router.get("healthz") { _, _ in "ok\n" }
    router.add(middleware: LocalAuthority(isRequired: configuration.token == nil))
    router.add(middleware: BearerToken(token: configuration.token))
    router.add(middleware: KnownMethods())
    router.add(middleware: KnownParameters())
    router.get("openapi.json") { _, _ in Payload.json(OpenAPIDocument.json) }
    router.get("v1/status") { request, _ in
      try Payload.json(encoding: status(), as: ResponseFormat(request))
    }
    router.post("v1/apply") { request, _ in try await apply(request) }
    router.post("v1/delete") { request, _ in try await deleteAll(request) }
    router.get("v1/:kind") { try list($0, kind: $1.parameters.get("kind")) }
    router.get("v1/:kind/:namespace") {
      try list($0, kind: $1.parameters.get("kind"), namespace: $1.parameters.get("namespace"))
    }
    router.get("v1/:kind/:namespace/:name") { try get($0, key: Self.key($1)) }
    router.delete("v1/:kind/:namespace/:name") { try await delete($0, key: Self.key($1)) }
    return router
  }

  private func status() -> StatusReply {
    let snapshot = repository.snapshot
    let counts = snapshot.mesh.counts.map { ($0.key.plural, $0.value) }
    return StatusReply(
      revision: snapshot.revision, database: configuration.database,
      objects: Dictionary(uniqueKeysWithValues: counts), proxies: proxies(),
      refused: refusals())
  }

  // MARK: Path parameters

  private static func key(_ context: BasicRequestContext) throws -> ObjectKey {
    let parameters = context.parameters
    return ObjectKey(
      try kind(parameters.get("kind")), namespace: parameters.get("namespace") ?? "",
      name: parameters.get("name") ?? "")
  }

  static func kind(_ spelling: String?) throws -> MeshKind {
    let spelling = spelling ?? ""
    if let kind = MeshKind(spelling: spelling) { return kind }
    let near = nearestHint(to: spelling, in: MeshKind.spellings)
    throw Problem(
      .notFound, "unknown-kind", "no kind \"\(spelling)\"\(near)",
      accepted: MeshKind.allCases.map(\.plural))
  }
}
