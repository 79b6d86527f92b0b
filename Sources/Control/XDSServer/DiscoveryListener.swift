import GRPCNIOTransportHTTP2TransportServices
import NIOCore
import NIOPosix

/// The listening socket of the xDS server, and what is done with each connection before gRPC.
///
/// Plain TCP by our own hand rather than the transport that comes with gRPC, which would link a
/// second and a third TLS library (docs/decisions/xds-listener.md).
struct DiscoveryListener: HTTP2ServerTransport.ListenerFactory {
  /// A connection that says nothing for so long is closed: a peer that speaks HTTP/2 has answered
  /// a ping by then.
  static let patience: TimeAmount = .seconds(45)

  let host: String
  let port: Int
  let eventLoopGroup: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton

  func makeListeningChannel(
    listenerConfigurator: HTTP2ServerTransport.ListenerConfigurator,
    connectionConfigurator: HTTP2ServerTransport.ConnectionConfigurator
  ) async throws -> NIOAsyncChannel<
    HTTP2ServerTransport.ConnectionConfigurator.ConnectionChannel, Never
  > {
    try await ServerBootstrap(group: eventLoopGroup)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .serverChannelInitializer { listenerConfigurator.configure(channel: $0) }
      .childChannelOption(.socketOption(.tcp_nodelay), value: 1)
      .bind(host: host, port: port) { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandlers(
            IdleStateHandler(readTimeout: Self.patience), SilenceHandler())
        }.flatMap {
          connectionConfigurator.configure(channel: channel, tls: .none)
        }
      }
  }
}

/// Closes a connection that said nothing for `DiscoveryListener.patience`.
private final class SilenceHandler: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    guard event is IdleStateHandler.IdleStateEvent else {
      return context.fireUserInboundEventTriggered(event)
    }
    context.close(promise: nil)
  }
}
