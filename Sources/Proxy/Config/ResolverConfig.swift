import Platform

/// How names are looked up. Source:
/// `envoy.extensions.network.dns_resolver.cares.v3.CaresDnsResolverConfig`.
public struct ResolverConfig: Equatable, Sendable {
  /// Where to ask; empty: what /etc/resolv.conf says.
  public var servers: [SocketAddress]
  /// How long one server has for the first try; later tries wait longer.
  public var timeout: Duration
  /// Tries at each server.
  public var tries: Int

  public init(
    servers: [SocketAddress] = [], timeout: Duration = .seconds(2), tries: Int = 3
  ) {
    self.servers = servers
    self.timeout = timeout
    self.tries = tries
  }
}
