import Config

/// A bound on how much of one thing a worker may have at once.
public struct ResourceLimit: Sendable {
  /// This worker's share; at least 1 unless the cluster allows none.
  public internal(set) var limit: Int
  public private(set) var active = 0
  /// Refused acquisitions since the cluster was made.
  public private(set) var refusals: UInt64 = 0

  init(limit: Int) { self.limit = limit }

  /// Takes one, or counts a refusal (response flag UO).
  public mutating func tryAcquire() -> Bool {
    guard active < limit else {
      refusals &+= 1
      return false
    }
    active &+= 1
    return true
  }

  /// One more stays within the limit.
  public var isAvailable: Bool { active < limit }

  /// Takes one even beyond the limit, for what must not be refused.
  public mutating func acquire() { active &+= 1 }

  /// Gives one back.
  public mutating func release() {
    precondition(active > 0, "releases what was acquired")
    active &-= 1
  }
}

/// The bounds of one cluster on one worker.
///
/// The configured limits are for the whole process. Workers share nothing they write, so each of N
/// workers gets a N-th, rounded up: together they may exceed a limit by at most N - 1, and a worker
/// whose connections happen to be busier reaches its share before the process reaches the limit.
/// Source: `envoy.config.cluster.v3.CircuitBreakers.Thresholds` of default priority.
public struct CircuitBreakers: Sendable {
  public var connections: ResourceLimit
  public var pendingRequests: ResourceLimit
  public var requests: ResourceLimit

  init(_ config: CircuitBreakersConfig, workerCount: Int) {
    connections = .init(limit: Self.share(config.maxConnections, workerCount))
    pendingRequests = .init(limit: Self.share(config.maxPendingRequests, workerCount))
    requests = .init(limit: Self.share(config.maxRequests, workerCount))
  }

  /// Changes the limits and keeps what is acquired.
  mutating func update(_ config: CircuitBreakersConfig, workerCount: Int) {
    connections.limit = Self.share(config.maxConnections, workerCount)
    pendingRequests.limit = Self.share(config.maxPendingRequests, workerCount)
    requests.limit = Self.share(config.maxRequests, workerCount)
  }

  private static func share(_ limit: Int, _ workerCount: Int) -> Int {
    limit / workerCount + (limit % workerCount == 0 ? 0 : 1)
  }
}
