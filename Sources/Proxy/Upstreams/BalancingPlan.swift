import Config
import Platform

/// A cluster's endpoints sorted for picking: by priority, health and locality. It is made anew, at
/// the first pick, after the endpoints changed; that costs O(n).
struct BalancingPlan {
  private var levels: [BalancingLevel] = []
  /// The last pick was among all endpoints of its priority, because too few were healthy.
  private(set) var pickedInPanic = false

  init(
    _ endpoints: [UpstreamEndpoint], localities: [BalancedLocality], config: ClusterConfig,
    overprovisioningPercent: Int, random: inout FastRandom
  ) {
    let census = Census(endpoints, localities)
    let loads = PriorityLoad.distribute(
      census.priorities, overprovisioningPercent: overprovisioningPercent,
      panicPercent: config.panicThresholdPercent)
    let builder = LevelBuilder(
      endpoints: endpoints, localities: localities, census: census,
      policy: config.loadBalancing, overprovisioningPercent: overprovisioningPercent)
    var total = 0
    for (priority, load) in loads.enumerated() {
      for (percent, health) in [
        (load.healthy, EndpointConfig.Health.healthy), (load.degraded, .degraded),
      ] where percent > 0 {
        total += percent
        let level = builder.level(
          priority, load.panics ? nil : health, cumulativeLoad: total, random: &random)
        levels.append(level)
      }
    }
  }

  /// The index of an endpoint; nil when none may be used.
  mutating func pick(from endpoints: [UpstreamEndpoint], random: inout FastRandom) -> Int? {
    guard !levels.isEmpty else { return nil }
    var chosen = 0
    if levels.count > 1 {
      let draw = random.next(below: levels[levels.count - 1].cumulativeLoad)
      while draw >= levels[chosen].cumulativeLoad { chosen += 1 }
    }
    pickedInPanic = levels[chosen].panics
    return levels[chosen].pick(from: endpoints, random: &random)
  }
}

/// One locality entry of the endpoint set, without its endpoints.
struct BalancedLocality: Equatable {
  var locality: LocalityConfig
  var priority: Int
  var weight: UInt32?
}

/// How many endpoints of which health there are, by locality and by priority.
private struct Census {
  var localities: [PriorityAvailability]
  var priorities: [PriorityAvailability]

  init(_ endpoints: [UpstreamEndpoint], _ entries: [BalancedLocality]) {
    localities = .init(repeating: .init(), count: entries.count)
    let last = entries.map(\.priority).max() ?? -1
    priorities = .init(repeating: .init(), count: last + 1)
    for endpoint in endpoints {
      let index = endpoint.localityIndex
      localities[index].total += 1
      switch endpoint.health {
      case .healthy: localities[index].healthy += 1
      case .degraded: localities[index].degraded += 1
      case .unhealthy, .draining: break
      }
    }
    for (index, entry) in entries.enumerated() {
      priorities[entry.priority].healthy += localities[index].healthy
      priorities[entry.priority].degraded += localities[index].degraded
      priorities[entry.priority].total += localities[index].total
    }
  }
}

private struct LevelBuilder {
  let endpoints: [UpstreamEndpoint]
  let localities: [BalancedLocality]
  let census: Census
  let policy: ClusterConfig.LoadBalancing
  let overprovisioningPercent: Int

  /// - Parameter health: nil takes every endpoint of the priority.
  func level(
    _ priority: Int, _ health: EndpointConfig.Health?, cumulativeLoad: Int,
    random: inout FastRandom
  ) -> BalancingLevel {
    var members = [[UInt32]](repeating: [], count: localities.count)
    for (index, endpoint) in endpoints.enumerated()
    where localities[endpoint.localityIndex].priority == priority
      && (health == nil || endpoint.health == health)
    {
      members[endpoint.localityIndex].append(UInt32(index))
    }
    let weights = health.map { effectiveWeights(priority, $0) } ?? []
    guard weights.contains(where: { $0 > 0 }) else {
      let group = EndpointGroup(
        members: Array(members.joined()), of: endpoints, policy: policy, random: &random)
      return .init(
        cumulativeLoad: cumulativeLoad, panics: health == nil, groups: [group], localities: nil,
        localityWeights: [])
    }
    var groups: [EndpointGroup] = []
    for list in members {
      groups.append(.init(members: list, of: endpoints, policy: policy, random: &random))
    }
    let scheduler = DeadlineScheduler(count: groups.count, random: &random) { weights[$0] }
    return .init(
      cumulativeLoad: cumulativeLoad, panics: health == nil, groups: groups, localities: scheduler,
      localityWeights: weights)
  }

  /// Locality weights, lowered where too few of a locality's endpoints are available.
  private func effectiveWeights(_ priority: Int, _ health: EndpointConfig.Health) -> [Double] {
    localities.indices.map { index in
      let entry = localities[index]
      guard entry.priority == priority, let weight = entry.weight else { return 0 }
      let counts = census.localities[index]
      guard counts.total > 0 else { return 0 }
      let available = health == .healthy ? counts.healthy : counts.degraded
      let ratio =
        Double(overprovisioningPercent) / 100 * Double(available) / Double(counts.total)
      return Double(weight) * min(1, ratio)
    }
  }
}

/// The endpoints that share one part of the load.
private struct BalancingLevel {
  /// Percent of the load that this level and those before it get.
  let cumulativeLoad: Int
  /// Every endpoint of the priority takes part, whatever its health.
  let panics: Bool
  var groups: [EndpointGroup]
  /// Chooses among several groups by locality weight.
  var localities: DeadlineScheduler?
  let localityWeights: [Double]

  mutating func pick(from endpoints: [UpstreamEndpoint], random: inout FastRandom) -> Int? {
    var chosen = 0
    if localities != nil {
      let weights = localityWeights
      chosen = localities?.next { weights[$0] } ?? 0
    }
    guard !groups[chosen].isEmpty else { return nil }
    return groups[chosen].pick(from: endpoints, random: &random)
  }
}
