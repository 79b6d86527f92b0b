import Config
import HTTP1
import Platform
import Routing
import Sockets
import TLS
import Telemetry

/// What a worker is told about a listener. Immutable, shared by the workers.
public struct ListenerPlan: Sendable {
  let config: ListenerConfig
  let stats: ListenerStats
  /// As in `config.allFilterChains`.
  let chains: [FilterChainPlan]
}

/// A cluster a TCP proxy may choose, with its weight.
struct WeightedClusterPlan: Sendable {
  let id: ClusterID
  let weight: UInt32
}

/// A listener on one worker: its socket and what becomes of the connections it accepts.
final class ListenerRuntime {
  let name: String
  private(set) var config: ListenerConfig
  /// As in `config.allFilterChains`.
  private var chains: [FilterChain]
  private var table: FilterChainTable
  /// What carries every connection as it is; nil: a chain is chosen, or TLS comes first.
  private var soleChain: FilterChain?
  private var socket: ListeningSocket?
  let stats: ListenerStats
  let faults: ListenerFaults
  private let worker: Worker

  init(_ plan: ListenerPlan, worker: Worker) {
    name = plan.config.name
    config = plan.config
    stats = plan.stats
    let faults = ListenerFaults(plan.stats, listener: plan.config.name, worker)
    self.faults = faults
    self.worker = worker
    table = FilterChainTable(plan.config.filterChains)
    chains = zip(plan.config.allFilterChains, plan.chains).map {
      FilterChain($0, $1, of: plan.config, faults, worker: worker)
    }
    soleChain = Self.soleChain(of: plan.config, chains)
  }

  private static func soleChain(
    of config: ListenerConfig, _ chains: [FilterChain]
  ) -> FilterChain? {
    guard chains.count == 1, !config.needsClientHello, chains[0].tls == nil,
      config.filterChains.allSatisfy({ $0.match == FilterChainMatchConfig() })
    else { return nil }
    return chains[0]
  }

  /// The connection managers of its chains.
  var managers: [HTTPConnectionManager] { chains.compactMap(\.http) }

  /// New connections come in.
  var isAccepting: Bool { socket != nil }

  /// Accepts from `fd`, which it closes in the end.
  func listen(_ fd: Int32) throws(SystemFault) {
    socket = try ListeningSocket(
      taking: fd, on: worker.loop,
      onAccept: { [unowned self] in accept($0, $1) },
      onRefused: { [unowned self] _ in stats.downstreamConnectionAcceptError.add() })
  }

  /// Takes over a new configuration. Connections stay where their chain does, which is known by its name,
  /// or without one by what it matches; their next request follows it.
  /// - Parameter moved: it is to accept elsewhere; clients of before are to come there.
  func update(_ plan: ListenerPlan, moved: Bool = false) {
    var leaving = Dictionary(uniqueKeysWithValues: zip(config.filterChainKeys, chains))
    config = plan.config
    table = FilterChainTable(config.filterChains)
    let configs = config.allFilterChains
    chains = zip(config.filterChainKeys, configs.indices).map { key, index in
      guard let known = leaving.removeValue(forKey: key) else {
        return FilterChain(configs[index], plan.chains[index], of: config, faults, worker: worker)
      }
      known.update(configs[index], plan.chains[index], of: config, moved: moved)
      return known
    }
    for chain in leaving.values { if let http = chain.http { worker.retire(http) } }
    soleChain = Self.soleChain(of: config, chains)
  }

  /// Near the limit of memory HTTP requests are refused one by one, so that their clients are told; but not
  /// where a handshake would come first.
  private var mayBegin: Bool { soleChain?.http != nil || worker.mayBegin() }

  private func accept(_ fd: Int32, _ peer: SocketAddress) {
    guard worker.mayAccept(fd), mayBegin else {
      stats.downstreamConnectionOverflow.add()
      return closeDescriptor(fd)
    }
    stats.downstreamConnectionTotal.add()
    let local = localAddress(of: fd) ?? config.address
    if let soleChain { return carry(fd, nil, peer, local, soleChain.filter) }
    let connection = AcceptedConnection(
      taking: fd, listener: self, worker: worker, peer: peer, local: local)
    worker.add(connection)
    connection.start()
  }

  /// nil: the connection is none of ours.
  func chain(for connection: ConnectionTraits) -> FilterChain? {
    if let index = table.choose(connection) { return chains[index] }
    return config.defaultFilterChain == nil ? nil : chains.last
  }

  /// Gives a connection to a chain's filter.
  /// - Parameter asked: the host that a connection asks for which is not decrypted here; nil: none.
  func carry(
    _ fd: Int32, _ tls: TLSSession?, _ peer: SocketAddress, _ local: SocketAddress,
    _ filter: FilterChain.Filter, asked: String? = nil
  ) {
    switch filter {
    case .http(let manager): accept(fd, tls, peer, local, manager)
    case .tcp(let proxy):
      let relay = TCPRelay(
        taking: fd, tls: tls,
        security: tls == nil ? asked.map { ConnectionSecurity(requestedServerName: $0) } : nil,
        worker: worker, proxy: proxy, remote: peer, local: local)
      worker.add(relay)
      relay.start()
    }
  }

  private func accept(
    _ fd: Int32, _ tls: TLSSession?, _ peer: SocketAddress, _ local: SocketAddress,
    _ http: HTTPConnectionManager
  ) {
    if http.config.codec.isHTTP2(after: tls) {
      if let tls, tls.blocksHTTP2 {
        faults.note(.tls(.unspokenHTTP2(over: tls)), of: peer)
        return closeDescriptor(fd)
      }
      let connection = HTTP2Downstream(
        taking: fd, tls: tls, worker: worker, manager: http, remote: peer, local: local)
      http.add(connection)
      connection.start()
      if http.isDraining { connection.drain() }
    } else {
      let connection = HTTP1Downstream(
        taking: fd, tls: tls, worker: worker, manager: http, remote: peer, local: local)
      http.add(connection)
      do throws(SystemFault) { try connection.open() } catch { return connection.shut() }
      if http.isDraining { connection.drain() }
    }
  }

  /// Stops accepting; connections finish what they have begun.
  func drain() {
    for http in managers { http.drain(now: worker.loop.now) }
    socket?.close()
    socket = nil
  }
}

extension HTTPConnectionManagerConfig.Codec {
  /// What the connection begins with: where ALPN has chosen, its word counts.
  fileprivate func isHTTP2(after session: TLSSession?) -> Bool {
    switch self {
    case .http1: false
    case .http2: true
    case .auto: session?.applicationProtocol == "h2"
    }
  }
}
