import Config
import Platform

/// One address of a name.
public struct ResolvedAddress: Hashable, Sendable {
  /// Port zero.
  public var address: SocketAddress
  /// How long the answer holds, in seconds; zero when nobody says, as for the hosts file.
  public var ttlSeconds: UInt32

  public init(address: SocketAddress, ttlSeconds: UInt32) {
    self.address = address
    self.ttlSeconds = ttlSeconds
  }
}

/// Why a name has no address.
public struct DNSFailure: Error, Equatable, Sendable, CustomStringConvertible {
  public enum Cause: Equatable, Sendable {
    /// The name does not exist.
    case notFound
    /// The name exists, without an address of the wanted family.
    case noAddress
    /// No server answered in time.
    case timeout
    case other
  }

  public var host: String
  public var cause: Cause
  public var text: String
  public var description: String { "\(host): \(text)" }

  public init(host: String, cause: Cause, text: String) {
    self.host = host
    self.cause = cause
    self.text = text
  }
}

extension DNSDiscovery.Lookup {
  /// What of both families' addresses is used, each address once.
  func select(from found: [ResolvedAddress]) -> [ResolvedAddress] {
    var seen: Set<SocketAddress> = []
    let unique = found.filter { seen.insert($0.address).inserted }
    let v4 = unique.filter { $0.address.family == .ipv4 }
    let v6 = unique.filter { $0.address.family == .ipv6 }
    switch self {
    case .ipv4Only: return v4
    case .ipv6Only: return v6
    case .ipv4Preferred: return v4.isEmpty ? v6 : v4
    case .auto:
      // The resolver sorts what this host can reach to the front (RFC 6724).
      return unique.first?.address.family == .ipv4 ? v4 : v6
    case .all: return unique
    }
  }
}
