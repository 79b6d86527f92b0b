import HTTP2
import Platform
import TLS

/// What peers may do wrong over and over: counted, and told in one line a second, with the last of each
/// kind. Owning worker only.
struct PeerFaults {
  private var floodCount = 0
  private var lastFlood: (flood: HTTP2Flood, client: SocketAddress)?
  private var protocolCount = 0
  private var lastProtocol: (fault: HTTP2ConnectionFault, peer: SocketAddress, cluster: String?)?
  private var handshakeCount = 0
  private var lastHandshake: (fault: TLSFault, peer: SocketAddress, place: String)?

  /// A client was cut off for a flood.
  mutating func note(_ flood: HTTP2Flood, from client: SocketAddress) {
    floodCount += 1
    lastFlood = (flood, client)
  }

  /// A connection ended because a client, or an endpoint of the cluster, broke HTTP/2.
  mutating func note(_ fault: HTTP2ConnectionFault, of peer: SocketAddress, in cluster: String?) {
    protocolCount += 1
    lastProtocol = (fault, peer, cluster)
  }

  /// The handshake with a peer failed, at `place`.
  mutating func note(_ fault: TLSFault, of peer: SocketAddress, at place: String) {
    handshakeCount += 1
    lastHandshake = (fault, peer, place)
  }

  /// What came since this was last asked, for the log.
  mutating func take() -> [String] {
    defer { self = PeerFaults() }
    var lines: [String] = []
    if let (flood, client) = lastFlood {
      lines.append(
        "\(floodCount) HTTP/2 connections closed for floods, the last of \(client): \(flood.cause)")
    }
    if let (fault, peer, cluster) = lastProtocol {
      let whom = cluster.map { "\(peer) of cluster \($0)" } ?? "client \(peer)"
      lines.append("\(protocolCount) HTTP/2 connections failed, the last with \(whom): \(fault)")
    }
    if let (fault, peer, place) = lastHandshake {
      lines.append(
        "\(handshakeCount) TLS handshakes failed, the last at \(place) with \(peer): \(fault)")
    }
    return lines
  }
}
