import Config
import Reactor

/// When a name is looked up again. A value; the random part can be fixed by tests.
struct RefreshSchedule {
  /// However short an answer holds.
  static let shortestTTL: Duration = .seconds(1)
  private static let shortestRetry: Duration = .milliseconds(100)

  private let refreshRate: Duration
  private let respectsTTL: Bool
  private var backoff = Backoff(base: .seconds(2), ceiling: .seconds(30), first: .seconds(1))

  init(_ discovery: DNSDiscovery) {
    refreshRate = discovery.refreshRate
    respectsTTL = discovery.respectsTTL
  }

  /// After an answer: when the first of its addresses runs out, or the refresh rate.
  mutating func onAnswer(_ addresses: [ResolvedAddress]) -> Duration {
    backoff.reset()
    let ttl = addresses.map(\.ttlSeconds).min() ?? 0
    guard respectsTTL, ttl > 0 else { return max(refreshRate, Self.shortestRetry) }
    return max(.seconds(Int(ttl)), Self.shortestTTL)
  }

  mutating func onFailure(random: UInt64 = .random(in: 0...UInt64.max)) -> Duration {
    max(backoff.nextDelay(random: random), Self.shortestRetry)
  }
}
