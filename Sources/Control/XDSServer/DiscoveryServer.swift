import GRPCCore
import GRPCNIOTransportHTTP2TransportServices
import Logging
import MeshModel
import MeshTranslate

/// The gRPC server that proxies take their configuration from.
public struct DiscoveryServer: Sendable {
  private let server: GRPCServer<HTTP2ServerTransport.Custom<DiscoveryListener>>

  /// - Parameters:
  ///   - host: an address, or a name that is resolved once.
  ///   - port: 0 for a free one.
  ///   - meshes: begins a watch: the current mesh, then each newer one.
  public init(
    host: String, port: Int, translation: MeshTranslation, registry: ProxyRegistry,
    logger: Logger, meshes: @escaping @Sendable () -> AsyncStream<MeshSnapshot>
  ) {
    let transport = HTTP2ServerTransport.Custom(
      listenerFactory: DiscoveryListener(host: host, port: port), config: Self.transport)
    let service = AggregatedDiscovery(
      cache: SnapshotCache(translation), registry: registry, meshes: meshes, logger: logger)
    server = GRPCServer(transport: transport, services: [service])
  }

  /// Asks an idle proxy whether it is still there often enough for `DiscoveryListener.patience`.
  private static var transport: HTTP2ServerTransport.Custom<DiscoveryListener>.Config {
    var config = HTTP2ServerTransport.Custom<DiscoveryListener>.Config.defaults
    config.connection.keepalive.time = .seconds(30)
    config.connection.keepalive.timeout = .seconds(10)
    config.connection.keepalive.clientBehavior.minPingIntervalWithoutCalls = .seconds(10)
    config.connection.keepalive.clientBehavior.allowWithoutCalls = true
    // Announced, and so kept to: the default of a hundred is held against clients unannounced.
    config.http2.maxConcurrentStreams = 1_000
    config.rpc.maxRequestPayloadSize = 16 << 20
    return config
  }

  /// Serves until `beginShutdown` has been called and every stream has ended.
  ///
  /// - Parameter onListening: called once with the port that was bound.
  /// - Throws: when the address cannot be bound.
  public func run(onListening: @escaping @Sendable (Int) -> Void) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask {
        do {
          try await server.serve()
        } catch let error as RuntimeError {
          throw error.cause ?? error
        }
      }
      group.addTask {
        guard let address = await server.transport.listeningAddress else { return }
        onListening(address.ipv4?.port ?? address.ipv6?.port ?? 0)
      }
      try await group.waitForAll()
    }
  }

  /// Takes no new stream and ends those that are open.
  public func beginShutdown() {
    server.beginGracefulShutdown()
  }
}
