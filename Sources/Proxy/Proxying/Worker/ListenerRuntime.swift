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
  private enum Filter {
    case http(HTTPConnectionManager)
    case tcp(TCPProxy)
  }

  let name: String
  private(set) var config: ListenerConfig
  private var filter: Filter
  private var socket: ListeningSocket?
  private let stats: ListenerStats
  private let worker: Worker

  init(_ plan: ListenerPlan, worker: Worker) {
    name = plan.config.name
    config = plan.config
    stats = plan.stats
    self.worker = worker
    filter = Self.filter(of: plan, worker)
  }

  private static func filter(of plan: ListenerPlan, _ worker: Worker) -> Filter {
    switch plan.filter {
    case .http(let config, let table, let stats):
      let reporter = worker.telemetry.reporter(for: config, stats)
      return .http(HTTPConnectionManager(plan.config, config, table, reporter))
    case .tcp(let config, let clusters, let stats):
      let reporter = worker.telemetry.reporter(for: config, stats)
      return .tcp(TCPProxy(config: config, clusters: clusters, reporter: reporter))
    }
  }

  /// nil where it proxies TCP.
  var http: HTTPConnectionManager? {
    if case .http(let manager) = filter { manager } else { nil }
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
    if let http {
      if case .http(let config, let table, let stats) = plan.filter {
        let reporter = worker.telemetry.reporter(for: config, stats)
        return http.update(plan.config, config, table, reporter)
      }
      worker.retire(http)
    }
    filter = Self.filter(of: plan, worker)
  }

  /// Near the limit of memory HTTP requests are refused one by one, so that their clients are told.
  private var mayBegin: Bool { http != nil || worker.mayBegin() }

  private func accept(_ fd: Int32, _ peer: SocketAddress) {
    guard worker.mayAccept(fd), mayBegin else {
      stats.downstreamConnectionOverflow.add()
      return closeDescriptor(fd)
    }
    stats.downstreamConnectionTotal.add()
    let local = localAddress(of: fd) ?? config.address
    switch filter {
    case .http(let manager): accept(fd, peer, local, manager)
    case .tcp(let proxy):
      let relay = TCPRelay(taking: fd, worker: worker, proxy: proxy, remote: peer, local: local)
      worker.add(relay)
      relay.start()
    }
  }

  private func accept(
    _ fd: Int32, _ peer: SocketAddress, _ local: SocketAddress, _ http: HTTPConnectionManager
  ) {
    switch http.config.codec {
    case .http2:
      let connection = HTTP2Downstream(
        taking: fd, worker: worker, manager: http, remote: peer, local: local)
      http.add(connection)
      connection.start()
    case .auto, .http1:
      let connection = HTTP1Downstream(
        taking: fd, worker: worker, manager: http, remote: peer, local: local)
      http.add(connection)
      do throws(SystemFault) { try connection.open() } catch { connection.shut() }
    }
  }

  /// Stops accepting; connections finish what they have begun.
  func drain() {
    http?.drain(now: worker.loop.now)
    socket?.close()
    socket = nil
  }
}
