import Config
import Platform

/// Endpoints that are balanced among themselves: those of one locality, or of a whole priority.
struct EndpointGroup {
  /// Indices into the cluster's endpoints.
  private let members: [UInt32]
  private let policy: ClusterConfig.LoadBalancing
  /// Set when weights differ and the policy heeds them.
  private var scheduler: DeadlineScheduler?
  private var turn: Int

  init(
    members: [UInt32], of endpoints: [UpstreamEndpoint], policy: ClusterConfig.LoadBalancing,
    random: inout FastRandom
  ) {
    self.members = members
    self.policy = policy
    turn = members.isEmpty ? 0 : random.next(below: members.count)
    guard let first = members.first, policy != .random else { return }
    let weight = endpoints[Int(first)].weight
    guard members.contains(where: { endpoints[Int($0)].weight != weight }) else { return }
    scheduler = DeadlineScheduler(count: members.count, random: &random) {
      Double(endpoints[Int(members[$0])].weight)
    }
  }

  var isEmpty: Bool { members.isEmpty }

  /// The index of the endpoint whose turn it is. The group has members.
  mutating func pick(from endpoints: [UpstreamEndpoint], random: inout FastRandom) -> Int {
    switch policy {
    case .random: return Int(members[random.next(below: members.count)])
    case .roundRobin: return nextInTurn(endpoints)
    case .leastRequest(let choiceCount):
      return leastLoaded(of: choiceCount, from: endpoints, random: &random)
    }
  }

  private mutating func nextInTurn(_ endpoints: [UpstreamEndpoint]) -> Int {
    if scheduler == nil {
      turn = turn &+ 1 >= members.count ? 0 : turn &+ 1
      return Int(members[turn])
    }
    return scheduled { _ in
      1
    } of: {
      endpoints[$0]
    }
  }

  /// With equal weights the less loaded of a few random endpoints; with different ones a schedule by
  /// weight / (active requests + 1), as Envoy's least-request policy does.
  private mutating func leastLoaded(
    of choiceCount: Int, from endpoints: [UpstreamEndpoint], random: inout FastRandom
  ) -> Int {
    if scheduler != nil {
      return scheduled {
        Double($0.activeRequests + 1)
      } of: {
        endpoints[$0]
      }
    }
    var best = Int(members[random.next(below: members.count)])
    for _ in 1..<max(2, choiceCount) {
      let other = Int(members[random.next(below: members.count)])
      if endpoints[other].activeRequests < endpoints[best].activeRequests { best = other }
    }
    return best
  }

  private mutating func scheduled(
    divisor: (UpstreamEndpoint) -> Double, of endpoint: (Int) -> UpstreamEndpoint
  ) -> Int {
    let members = self.members
    let position = scheduler?.next {
      let chosen = endpoint(Int(members[$0]))
      return Double(chosen.weight) / divisor(chosen)
    }
    return Int(members[position ?? 0])
  }
}
