import Platform

/// Where a request came from: what routing may ask about its connection.
public struct RequestOrigin: Equatable, Sendable {
  /// The client's address, as trusted by the connection manager.
  public var remoteAddress: SocketAddress
  public var localAddress: SocketAddress
  /// The request's scheme is `https`, as the proxy in front says by `x-forwarded-proto`.
  public var isSecure: Bool

  public init(remoteAddress: SocketAddress, localAddress: SocketAddress, isSecure: Bool = false) {
    self.remoteAddress = remoteAddress
    self.localAddress = localAddress
    self.isSecure = isSecure
  }
}
