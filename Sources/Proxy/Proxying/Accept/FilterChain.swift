import Config
import Routing
import TLS
import Telemetry

/// A filter chain, compiled, with one worker's counters for it.
struct FilterChainPlan: Sendable {
  /// nil: plain text.
  let tls: TLSContext?
  let filter: FilterPlan
}

/// A chain's terminal filter, compiled, with one worker's counters for it.
enum FilterPlan: Sendable {
  case http(HTTPConnectionManagerConfig, table: RouteTable?, stats: HTTPStats)
  case tcp(TCPProxyConfig, clusters: [WeightedClusterPlan], stats: TCPStats)
}

/// A filter chain of a listener on one worker. Owning worker only.
final class FilterChain {
  enum Filter {
    case http(HTTPConnectionManager)
    case tcp(TCPProxy)
  }

  private(set) var config: FilterChainConfig
  /// nil: plain text. Connections keep the one they began with.
  private(set) var tls: TLSContext?
  private(set) var filter: Filter
  private let worker: Worker

  init(
    _ config: FilterChainConfig, _ plan: FilterChainPlan, of listener: ListenerConfig,
    worker: Worker
  ) {
    self.config = config
    tls = plan.tls
    self.worker = worker
    filter = Self.filter(plan.filter, of: listener, worker)
  }

  private static func filter(
    _ plan: FilterPlan, of listener: ListenerConfig, _ worker: Worker
  ) -> Filter {
    switch plan {
    case .http(let config, let table, let stats):
      let reporter = worker.telemetry.reporter(for: config, stats)
      return .http(HTTPConnectionManager(listener, config, table, reporter))
    case .tcp(let config, let clusters, let stats):
      let reporter = worker.telemetry.reporter(for: config, stats)
      return .tcp(TCPProxy(config: config, clusters: clusters, reporter: reporter))
    }
  }

  /// nil where it proxies TCP.
  var http: HTTPConnectionManager? {
    if case .http(let manager) = filter { manager } else { nil }
  }

  /// Takes over a new configuration. Connections stay, unless clients are judged otherwise from now on;
  /// their next request follows it.
  func update(_ new: FilterChainConfig, _ plan: FilterChainPlan, of listener: ListenerConfig) {
    let judgesAlike = config.tls.judgesClients(like: new.tls)
    config = new
    tls = plan.tls
    if let http {
      if judgesAlike, case .http(let config, let table, let stats) = plan.filter {
        let reporter = worker.telemetry.reporter(for: config, stats)
        return http.update(listener, config, table, reporter)
      }
      worker.retire(http)
    }
    filter = Self.filter(plan.filter, of: listener, worker)
  }
}

extension DownstreamTLSConfig? {
  /// Who was let in by the one would be by the other.
  fileprivate func judgesClients(like other: Self) -> Bool {
    (self == nil) == (other == nil) && self?.common.validation == other?.common.validation
      && self?.requiresClientCertificate == other?.requiresClientCertificate
  }
}
