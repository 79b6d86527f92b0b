import Config
import Platform
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
  /// Under which connections are let in now.
  private var trust = PeerTrust()
  private let faults: ListenerFaults
  private let worker: Worker

  init(
    _ config: FilterChainConfig, _ plan: FilterChainPlan, of listener: ListenerConfig,
    _ faults: ListenerFaults, worker: Worker
  ) {
    self.config = config
    tls = plan.tls
    self.faults = faults
    self.worker = worker
    filter = Self.filter(plan.filter, of: listener, trust, faults, worker)
  }

  private static func filter(
    _ plan: FilterPlan, of listener: ListenerConfig, _ trust: PeerTrust, _ faults: ListenerFaults,
    _ worker: Worker
  ) -> Filter {
    switch plan {
    case .http(let config, let table, let stats):
      let reporter = worker.telemetry.reporter(for: config, stats)
      return .http(HTTPConnectionManager(listener, config, table, reporter, trust, faults))
    case .tcp(let config, let clusters, let stats):
      let reporter = worker.telemetry.reporter(for: config, stats)
      return .tcp(
        TCPProxy(
          config: config, clusters: clusters, trust: trust, faults: faults, reporter: reporter))
    }
  }

  /// nil where it proxies TCP.
  var http: HTTPConnectionManager? {
    if case .http(let manager) = filter { manager } else { nil }
  }

  /// Takes over a new configuration. Connections stay, and their next request follows it, unless the chain
  /// carries others from now on; those that were let in by rules which are no longer in force are cut, and
  /// so is whoever the chain let go before.
  /// - Parameter moved: the listener accepts elsewhere.
  func update(
    _ new: FilterChainConfig, _ plan: FilterChainPlan, of listener: ListenerConfig, moved: Bool
  ) {
    let letsInAlike = letsIn(allLike: new.tls, plan.tls)
    let carriesAlike = config.match == new.match && !moved
    config = new
    tls = plan.tls
    if !letsInAlike {
      worker.withdraw(trustInClients: trust)
      trust = PeerTrust()
    }
    if let http {
      if letsInAlike, carriesAlike, case .http(let config, let table, let stats) = plan.filter {
        let reporter = worker.telemetry.reporter(for: config, stats)
        return http.update(listener, config, table, reporter)
      }
      worker.retire(http)
    }
    filter = Self.filter(plan.filter, of: listener, trust, faults, worker)
  }

  /// Whom the chain has let in would be let in by the new rules as well.
  private func letsIn(allLike config: DownstreamTLSConfig?, _ context: TLSContext?) -> Bool {
    guard let old = self.config.tls, let new = config else {
      return self.config.tls == nil && config == nil
    }
    let former = PeerJudgement(validation: old.common.validation, context: tls)
    return (old.requiresClientCertificate || !new.requiresClientCertificate)
      && PeerJudgement(validation: new.common.validation, context: context).accepts(allOf: former)
  }
}

extension FilterChain.Filter {
  /// No connection is to come to it any more.
  func isShut(now: MonotonicInstant) -> Bool {
    switch self {
    case .http(let manager): manager.isCut(now: now)
    case .tcp(let proxy): proxy.trust.withdrawn != nil
    }
  }
}
