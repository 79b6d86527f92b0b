import Config
import HTTP1
import Platform
import Routing
import Sockets
import Telemetry

/// What a worker is told about a listener. Immutable, shared by the workers.
public struct ListenerPlan: Sendable {
  let config: ListenerConfig
  let stats: ListenerStats
  let filter: FilterPlan
}

/// A listener's terminal filter, compiled, with one worker's counters for it.
enum FilterPlan: Sendable {
  case http(HTTPConnectionManagerConfig, table: RouteTable?, stats: HTTPStats)
  case tcp(TCPProxyConfig, clusters: [WeightedClusterPlan], stats: TCPStats)
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
  private(set) var http: HTTPConnectionManager?
  private(set) var tcp: TCPProxy?
  private var socket: ListeningSocket?
  private let stats: ListenerStats
  private let worker: Worker

  init(_ plan: ListenerPlan, worker: Worker) {
    name = plan.config.name
    config = plan.config
    stats = plan.stats
    self.worker = worker
    update(plan)
  }

  /// Accepts from `fd`, which it closes in the end.
  func listen(_ fd: Int32) throws(SystemFault) {
    socket = try ListeningSocket(
      taking: fd, on: worker.loop,
      onAccept: { [unowned self] in accept($0, $1) },
      onRefused: { [unowned self] _ in stats.downstreamConnectionAcceptError.add() })
  }

  /// Takes over a new configuration. Connections stay; their next request follows it.
  func update(_ plan: ListenerPlan) {
    config = plan.config
    switch plan.filter {
    case .http(let manager, let table, let stats):
      tcp = nil
      let reporter = worker.telemetry.reporter(for: manager, stats)
      if let http {
        http.update(plan.config, manager, table, reporter)
      } else {
        http = HTTPConnectionManager(plan.config, manager, table, reporter)
      }
    case .tcp(let proxy, let clusters, let stats):
      if let http { worker.retire(http) }
      http = nil
      tcp = TCPProxy(
        config: proxy, clusters: clusters, reporter: worker.telemetry.reporter(for: proxy, stats))
    }
  }

  private func accept(_ fd: Int32, _ peer: SocketAddress) {
    guard worker.mayAccept(fd), tcp == nil || worker.mayBegin() else {
      stats.downstreamConnectionOverflow.add()
      return closeDescriptor(fd)
    }
    stats.downstreamConnectionTotal.add()
    let local = localAddress(of: fd) ?? config.address
    if let http {
      let connection = HTTP1Downstream(
        taking: fd, worker: worker, manager: http, remote: peer, local: local)
      http.add(connection)
      do throws(SystemFault) { try connection.open() } catch { connection.shut() }
    } else if let tcp {
      let relay = TCPRelay(taking: fd, worker: worker, proxy: tcp, remote: peer, local: local)
      worker.add(relay)
      relay.start()
    }
  }

  /// Stops accepting; connections finish what they have begun.
  func drain() {
    http?.drain(now: worker.loop.now)
    socket?.close()
    socket = nil
  }
}
