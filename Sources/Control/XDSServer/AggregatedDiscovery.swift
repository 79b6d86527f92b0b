import AsyncAlgorithms
import GRPCCore
import Logging
import MeshModel
import MeshTranslate
import XDSProtos

/// The aggregated discovery service, state of the world.
struct AggregatedDiscovery: Envoy_Service_Discovery_V3_AggregatedDiscoveryService
    .SimpleServiceProtocol
{
  typealias Request = Envoy_Service_Discovery_V3_DiscoveryRequest
  typealias Response = Envoy_Service_Discovery_V3_DiscoveryResponse

  let cache: SnapshotCache
  let registry: ProxyRegistry
  let meshes: @Sendable () -> AsyncStream<MeshSnapshot>
  let logger: Logger

  private enum Event: Sendable {
    case request(Request)
    case mesh(MeshSnapshot)
    case deadline
  }

  func streamAggregatedResources(
    request: RPCAsyncSequence<Request, any Error>, response: RPCWriter<Response>,
    context: ServerContext
  ) async throws {
    try await withThrowingDiscardingTaskGroup { group in
      let events = AsyncChannel<Event>()
      group.addTask {
        defer { events.finish() }
        do {
          for try await message in request { await events.send(.request(message)) }
        } catch {
          logger.debug("a stream broke off", metadata: ["cause": "\(error)"])
        }
      }
      group.addTask {
        for await mesh in meshes() { await events.send(.mesh(mesh)) }
        events.finish()
      }
      group.addTask {
        try? await context.cancellation.cancelled
        events.finish()
      }
      defer { group.cancelAll() }
      try await serve(events, response, peer: context.remotePeer) { instant in
        group.addTask {
          try? await Task.sleep(until: instant, clock: .continuous)
          await events.send(.deadline)
        }
      }
    }
  }

  func deltaAggregatedResources(
    request: RPCAsyncSequence<Envoy_Service_Discovery_V3_DeltaDiscoveryRequest, any Error>,
    response: RPCWriter<Envoy_Service_Discovery_V3_DeltaDiscoveryResponse>, context: ServerContext
  ) async throws {
    throw RPCError(
      code: .unimplemented,
      message: "incremental xDS is not served; use api_type GRPC or AGGREGATED_GRPC")
  }

  // MARK: One stream

  /// Handles events one by one until the stream ends, and writes what they lead to.
  private func serve(
    _ events: AsyncChannel<Event>, _ response: RPCWriter<Response>, peer: String,
    wake: (ContinuousClock.Instant) -> Void
  ) async throws {
    var mesh: MeshSnapshot?
    var stream: ProxyStream?
    var early: [Request] = []
    var wakeAt: ContinuousClock.Instant?
    defer { if let stream { close(stream) } }
    for await event in events {
      switch event {
      case .mesh(let next): mesh = next
      case .request(let request) where stream == nil: early.append(request)
      case .request, .deadline: break
      }
      guard let mesh else { continue }
      var pushes: [StreamState.Push] = []
      if let stream {
        pushes = try handle(event, mesh, on: stream)
      } else if let first = early.first {
        let opened = try open(first, mesh, peer: peer)
        stream = opened
        for request in early { pushes += try handle(.request(request), mesh, on: opened) }
      }
      for push in pushes { try await response.write(Response(push)) }
      if let deadline = stream?.state.withLock(\.deadline), deadline != wakeAt {
        wakeAt = deadline
        wake(deadline)
      }
    }
  }

  private func open(
    _ request: Request, _ mesh: MeshSnapshot, peer: String
  ) throws -> ProxyStream {
    let profile: ProxyProfile
    do {
      profile = try ProxyProfile(request.node)
    } catch {
      logger.warning("refused a proxy", metadata: ["peer": "\(peer)", "cause": "\(error)"])
      registry.refuse(node: request.node.id, peer: peer, cause: "\(error)")
      throw RPCError(code: .invalidArgument, message: "\(error)")
    }
    let resources = cache.resources(of: mesh, for: profile)
    let warnings = profile.warnings(request.node)
    let stream = ProxyStream(
      profile: profile, peer: peer, warnings: warnings, resources: resources)
    registry.insert(stream)
    logger.info(
      "proxy connected",
      metadata: ["node": "\(profile.node)", "role": "\(profile.role.rawValue)", "peer": "\(peer)"])
    for warning in warnings {
      logger.warning("\(warning)", metadata: ["node": "\(profile.node)"])
    }
    return stream
  }

  private func close(_ stream: ProxyStream) {
    registry.remove(stream)
    logger.info("proxy disconnected", metadata: ["node": "\(stream.profile.node)"])
  }

  private func handle(
    _ event: Event, _ mesh: MeshSnapshot, on stream: ProxyStream
  ) throws -> [StreamState.Push] {
    let now = ContinuousClock.now
    switch event {
    case .request(let message):
      guard let request = StreamState.Request(message) else {
        logger.debug("a type that is not served", metadata: ["type": "\(message.typeURL)"])
        return []
      }
      if let refusal = request.refusal {
        logger.warning(
          "a proxy refused resources",
          metadata: [
            "node": "\(stream.profile.node)", "type": "\(request.type.abbreviation)",
            "cause": "\(refusal.debugDescription)",
          ])
      }
      return stream.state.withLock { $0.onRequest(request, now: now) }
    case .mesh(let mesh):
      let resources = cache.resources(of: mesh, for: stream.profile)
      return stream.state.withLock { $0.onSnapshot(resources, now: now) }
    case .deadline:
      return stream.state.withLock { $0.onDeadline(now: now) }
    }
  }
}

extension StreamState.Request {
  /// How much is kept of a proxy's words when it refuses, in characters.
  static let maxRefusal = 4_096

  /// Nil for a type that is not served here.
  init?(_ message: Envoy_Service_Discovery_V3_DiscoveryRequest) {
    guard let type = ResourceType(typeURL: message.typeURL) else { return nil }
    self.init(
      type: type, version: message.versionInfo, names: message.resourceNames,
      nonce: message.responseNonce,
      refusal: message.hasErrorDetail
        ? String(message.errorDetail.message.prefix(Self.maxRefusal)) : nil)
  }
}

extension Envoy_Service_Discovery_V3_DiscoveryResponse {
  init(_ push: StreamState.Push) {
    self.init()
    typeURL = push.type.typeURL
    versionInfo = push.version
    nonce = push.nonce
    resources = push.resources.map(\.any)
    controlPlane.identifier = "martlet-control"
  }
}
