import Config
import Platform
import TLS

/// What is known of a connection when its filter chain is chosen.
struct ConnectionTraits {
  var local: SocketAddress
  var peer: SocketAddress
  /// nil: it was not looked at, or the client speaks no TLS.
  var hello: ClientHello?
}

/// Which filter chain carries a connection. Criterion by criterion, in a fixed order, only those that
/// match most narrowly stay; there is no way back. Source: `FilterChainMatch`.
struct FilterChainTable {
  private let matches: [FilterChainMatchConfig]
  /// Protocols that some chain asks for.
  private let protocolNames: Set<String>

  init(_ chains: [FilterChainConfig]) {
    matches = chains.map(\.match)
    protocolNames = Set(matches.flatMap(\.applicationProtocols))
  }

  /// The index of the chain; nil: none matches. Cost, once a connection: linear in what the client offers and
  /// what the chains name, and for protocols up to the product of how many each chain and all of them name.
  func choose(_ connection: ConnectionTraits) -> Int? {
    var connection = connection
    if let offered = connection.hello?.applicationProtocols {
      connection.hello?.applicationProtocols = known(offered)
    }
    var left = Array(matches.indices)
    for criterion in Self.criteria {
      let ranked = left.map { (index: $0, rank: criterion(matches[$0], connection)) }
      guard let best = ranked.lazy.compactMap(\.rank).max() else { return nil }
      left = ranked.filter { $0.rank == best }.map(\.index)
    }
    return left.first
  }

  /// Those of the offered protocols that count, each once: what is left is no longer than the chains' names,
  /// however many a client offers.
  private func known(_ offered: [String]) -> [String] {
    var unseen = protocolNames
    return offered.filter { unseen.remove($0) != nil }
  }

  /// How narrowly a criterion matches: nil not at all, 0 because it is not given.
  private typealias Criterion = @Sendable (FilterChainMatchConfig, ConnectionTraits) -> Int?

  private static let criteria: [Criterion] = [
    { match, connection in
      match.destinationPort.map { $0 == connection.local.port ? 1 : nil } ?? 0
    },
    { rank($0.destinations, $1.local) },
    { match, connection in rank(match.serverNames, asked: connection.hello?.serverName ?? "") },
    { match, connection in
      if match.transportProtocol.isEmpty { return 0 }
      return (match.transportProtocol == "tls") == (connection.hello != nil) ? 1 : nil
    },
    { match, connection in
      rank(match.applicationProtocols, offered: connection.hello?.applicationProtocols ?? [])
    },
    { rank($0.directSources, $1.peer) },
    { match, connection in
      if match.sourceType == .any { return 0 }
      return (match.sourceType == .sameMachine) == connection.isOnSameMachine ? 1 : nil
    },
    { rank($0.sources, $1.peer) },
    { match, connection in
      if match.sourcePorts.isEmpty { return 0 }
      return match.sourcePorts.contains(connection.peer.port) ? 1 : nil
    },
  ]

  /// The longer the prefix, the narrower.
  private static func rank(_ ranges: [AddressRangeConfig], _ address: SocketAddress) -> Int? {
    if ranges.isEmpty { return 0 }
    return ranges.filter { $0.contains(address) }.map { $0.prefixLength + 1 }.max()
  }

  /// A whole name before a suffix, a longer suffix before a shorter one.
  private static func rank(_ names: [String], asked: String) -> Int? {
    if names.isEmpty { return 0 }
    return names.compactMap { name -> Int? in
      if name == asked { return .max }
      guard name.utf8.starts(with: "*.".utf8) else { return nil }
      let suffix = name.utf8.dropFirst()
      guard asked.utf8.count > suffix.count, asked.utf8.suffix(suffix.count).elementsEqual(suffix)
      else { return nil }
      return suffix.count
    }.max()
  }

  /// What the client likes better is narrower.
  private static func rank(_ names: [String], offered: [String]) -> Int? {
    if names.isEmpty { return 0 }
    return offered.firstIndex { names.contains($0) }.map { offered.count - $0 }
  }
}

extension ConnectionTraits {
  fileprivate var isOnSameMachine: Bool {
    peer.isLoopback || peer.with(port: 0) == local.with(port: 0)
  }
}

extension SocketAddress {
  /// 127.0.0.0/8 or ::1.
  fileprivate var isLoopback: Bool {
    family == .ipv4 ? low >> 24 == 127 : high == 0 && low == 1
  }
}
