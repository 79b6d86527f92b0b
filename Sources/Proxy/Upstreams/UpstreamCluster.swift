import Config
import Platform

/// One cluster as one worker sees it: its endpoints, whose turn it is, and its bounds. It does no
/// I/O. Owning worker only.
public final class UpstreamCluster {
  public let id: ClusterID
  public let breakers: CircuitBreakers

  public private(set) var config: ClusterConfig
  /// In the order of the endpoint set.
  public private(set) var endpoints: [UpstreamEndpoint] = []
  private var localityEntries: [BalancedLocality] = []
  private var overprovisioningPercent = 140
  private var byAddress: [SocketAddress: UpstreamEndpoint] = [:]
  private var updateNumber: UInt64 = 0
  /// nil: to be made at the next pick.
  private var plan: BalancingPlan?
  /// Picks made among all endpoints of a priority because too few were healthy.
  public private(set) var panicPicks: UInt64 = 0

  /// - Parameter budgets: what the workers of the process share; nil: this one is alone.
  public init(id: ClusterID, config: ClusterConfig, budgets: ClusterBudgets? = nil) {
    self.id = id
    self.config = config
    breakers = .init(budgets ?? ClusterBudgets(config.circuitBreakers, workerCount: 1))
  }

  public var name: String { config.name }

  public func locality(of endpoint: UpstreamEndpoint) -> LocalityConfig {
    localityEntries[endpoint.localityIndex].locality
  }

  // MARK: configuration

  /// Takes over another configuration of the same cluster, for which the budgets were resized;
  /// endpoints and what is acquired stay.
  public func update(config new: ClusterConfig) {
    let resizes = config.circuitBreakers != new.circuitBreakers
    config = new
    if resizes { breakers.onResized() }
    plan = nil
  }

  /// Replaces the endpoints. An address that stays keeps its object; of an address named twice the
  /// first entry counts. Costs O(n), without hashing where the order stayed.
  public func update(endpoints set: EndpointSet) -> EndpointChanges {
    updateNumber += 1
    var update = EndpointUpdate(old: endpoints, set: set, number: updateNumber)
    update.run(&byAddress)
    endpoints = update.endpoints
    let entries = set.localities.map {
      BalancedLocality(locality: $0.locality, priority: $0.priority, weight: $0.weight)
    }
    let percent = Int(set.overprovisioningPercent)
    if update.changesBalance || entries != localityEntries || percent != overprovisioningPercent {
      localityEntries = entries
      overprovisioningPercent = percent
      plan = nil
    }
    return update.changes
  }

  // MARK: balancing

  /// Picks made in search of another endpoint than the one to avoid.
  private static let maxPicks = 4

  /// The endpoint for one attempt; nil when the cluster has none to offer (response flag UH).
  /// The caller tells it `requestBegan`.
  /// - Parameter failed: where the attempt before failed; picked again only if there is no other.
  public func pick(
    random: inout FastRandom, avoiding failed: UpstreamEndpoint? = nil
  ) -> UpstreamEndpoint? {
    if plan == nil { plan = makePlan(&random) }
    var picked = plan?.pick(from: endpoints, random: &random)
    if let failed {
      for _ in 1..<Self.maxPicks where picked.map({ endpoints[$0] === failed }) == true {
        picked = plan?.pick(from: endpoints, random: &random)
      }
      if picked.map({ endpoints[$0] === failed }) == true {
        picked = another(than: failed, random: &random) ?? picked
      }
    }
    if plan?.pickedInPanic == true { panicPicks &+= 1 }
    return picked.map { endpoints[$0] }
  }

  /// The first from a random one on that balancing might pick as well as `failed`; the policies go on
  /// preferring an endpoint that fails at once, since nothing runs there.
  private func another(than failed: UpstreamEndpoint, random: inout FastRandom) -> Int? {
    let priority = localityEntries[failed.localityIndex].priority
    let start = random.next(below: endpoints.count)
    return (0..<endpoints.count).lazy.map { (start + $0) % self.endpoints.count }.first {
      let other = self.endpoints[$0]
      return other !== failed && other.health == failed.health
        && self.localityEntries[other.localityIndex].priority == priority
    }
  }

  private func makePlan(_ random: inout FastRandom) -> BalancingPlan {
    BalancingPlan(
      endpoints, localities: localityEntries, config: config,
      overprovisioningPercent: overprovisioningPercent, random: &random)
  }
}

/// What an update did to a cluster's membership.
public struct EndpointChanges {
  public var added: [UpstreamEndpoint] = []
  /// Flagged `isRemoved`: the owner closes their idle connections.
  public var removed: [UpstreamEndpoint] = []
}
