import Platform

/// The filter that carries the connections it matches, and the TLS in front of it.
/// Source: `envoy.config.listener.v3.FilterChain`.
public struct FilterChainConfig: Equatable, Sendable {
  /// Tells it from the listener's other chains; empty: it has none.
  public var name: String
  public var match = FilterChainMatchConfig()
  public var filter: NetworkFilterConfig
  /// nil: plain text.
  public var tls: DownstreamTLSConfig?
  /// A handshake that takes longer is broken off (`transport_socket_connect_timeout`).
  public var handshakeTimeout: Duration = .seconds(15)

  public init(name: String = "", filter: NetworkFilterConfig) {
    self.name = name
    self.filter = filter
  }
}

/// Which connections a chain carries: every criterion that is given has to hold.
/// Source: `envoy.config.listener.v3.FilterChainMatch`.
public struct FilterChainMatchConfig: Hashable, Sendable {
  /// Whether the peer is on this machine.
  public enum SourceType: Equatable, Sendable { case any, sameMachine, external }

  public var destinationPort: UInt16?
  /// Of the address the client connected to; empty: any.
  public var destinations: [AddressRangeConfig] = []
  /// Names asked for by SNI, in lower case: whole, or `*.` and a suffix; empty: any, or none.
  public var serverNames: [String] = []
  /// `tls` or `raw_buffer`; empty: either.
  public var transportProtocol = ""
  /// Names of which the client offers one by ALPN; empty: any, or none.
  public var applicationProtocols: [String] = []
  public var sourceType = SourceType.any
  /// Of the peer's address; empty: any.
  public var sources: [AddressRangeConfig] = []
  /// Of the peer's address as its connection has it; empty: any.
  public var directSources: [AddressRangeConfig] = []
  /// Empty: any.
  public var sourcePorts: [UInt16] = []

  public init() {}

  /// A client's first message has to be looked at.
  public var needsClientHello: Bool {
    !serverNames.isEmpty || !transportProtocol.isEmpty || !applicationProtocols.isEmpty
  }
}

/// Addresses that begin with the same bits. Source: `envoy.config.core.v3.CidrRange`.
public struct AddressRangeConfig: Hashable, Sendable {
  public let first: SocketAddress
  /// How many leading bits are the same.
  public let prefixLength: Int

  /// nil: an address of that family has fewer bits.
  public init?(_ address: SocketAddress, prefixLength: Int) {
    let width = address.family == .ipv4 ? 32 : 128
    guard (0...width).contains(prefixLength) else { return nil }
    first = address.masked(to: prefixLength)
    self.prefixLength = prefixLength
  }

  public func contains(_ address: SocketAddress) -> Bool {
    address.family == first.family && address.masked(to: prefixLength) == first
  }
}

extension SocketAddress {
  /// The address with all but its leading bits 0, and without its port.
  fileprivate func masked(to length: Int) -> SocketAddress {
    func leading(_ count: Int) -> UInt64 { count == 0 ? 0 : UInt64.max << UInt64(64 - count) }
    if family == .ipv4 {
      let mask = leading(min(length, 32)) >> 32
      return .init(family: family, high: 0, low: low & mask, port: 0)
    }
    return .init(
      family: family, high: high & leading(min(length, 64)),
      low: low & leading(max(length - 64, 0)), port: 0)
  }
}
