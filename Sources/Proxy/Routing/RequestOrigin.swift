import Platform

/// What is known of a client's certificate.
public enum ClientCertificateStanding: Equatable, Sendable {
  /// None was shown, or the connection is not decrypted here.
  case missing
  /// It leads to nobody who is trusted, or nobody has looked.
  case unverified
  case verified
}

/// Where a request came from: what routing may ask about its connection.
public struct RequestOrigin: Equatable, Sendable {
  /// The client's address, as trusted by the connection manager.
  public var remoteAddress: SocketAddress
  public var localAddress: SocketAddress
  /// The request's scheme is `https`, as the proxy in front says by `x-forwarded-proto`.
  public var isSecure: Bool
  public var clientCertificate: ClientCertificateStanding

  public init(
    remoteAddress: SocketAddress, localAddress: SocketAddress, isSecure: Bool = false,
    clientCertificate: ClientCertificateStanding = .missing
  ) {
    self.remoteAddress = remoteAddress
    self.localAddress = localAddress
    self.isSecure = isSecure
    self.clientCertificate = clientCertificate
  }
}
