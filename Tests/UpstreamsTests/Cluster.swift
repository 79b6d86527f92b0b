import Config
import Platform
import Upstreams

/// Shorthand for endpoint sets: addresses are 10.0.0.0 plus a number, port 80.
enum Cluster {
  static func address(_ number: Int) -> SocketAddress {
    SocketAddress(family: .ipv4, high: 0, low: 0x0A00_0000 + UInt64(number), port: 80)
  }

  static func number(_ endpoint: UpstreamEndpoint) -> Int {
    Int(endpoint.address.low - 0x0A00_0000)
  }

  static func endpoint(
    _ number: Int, weight: UInt32 = 1, health: EndpointConfig.Health = .healthy
  ) -> EndpointConfig {
    EndpointConfig(address: address(number), weight: weight, health: health)
  }

  static func set(_ endpoints: [EndpointConfig]) -> EndpointSet {
    EndpointSet(clusterName: "api", localities: [LocalityEndpoints(endpoints: endpoints)])
  }

  static func set(numbers: some Sequence<Int>) -> EndpointSet { set(numbers.map { endpoint($0) }) }

  static func config(
    _ policy: ClusterConfig.LoadBalancing = .roundRobin, panicPercent: Double = 50
  ) -> ClusterConfig {
    var config = ClusterConfig(name: "api", discovery: .eds(serviceName: "api"))
    config.loadBalancing = policy
    config.panicThresholdPercent = panicPercent
    return config
  }

  static func make(
    _ set: EndpointSet, policy: ClusterConfig.LoadBalancing = .roundRobin,
    panicPercent: Double = 50
  ) -> UpstreamCluster {
    let cluster = UpstreamCluster(
      id: ClusterID(slot: 0), config: config(policy, panicPercent: panicPercent))
    _ = cluster.update(endpoints: set)
    return cluster
  }
}

extension UpstreamCluster {
  /// How often each endpoint, by its number, came up in `count` picks.
  func tally(_ count: Int, seed: UInt64 = 1) -> [Int: Int] {
    var random = FastRandom(seed: seed)
    var tally: [Int: Int] = [:]
    for _ in 0..<count {
      if let endpoint = pick(random: &random) { tally[Cluster.number(endpoint), default: 0] += 1 }
    }
    return tally
  }
}
