import Config

/// A bound on how much of one thing a worker may have at once. Owning worker only.
public final class ResourceLimit {
  // Private, so that the optimizer proves accesses apart and checks none at run time.
  private var storedLimit: Int
  private var storedActive = 0
  private var storedRefusals: UInt64 = 0

  init(limit: Int) { storedLimit = limit }

  /// This worker's share; at least 1 unless the cluster allows none.
  public internal(set) var limit: Int {
    get { storedLimit }
    set { storedLimit = newValue }
  }
  public var active: Int { storedActive }
  /// Refused acquisitions since the cluster was made.
  public var refusals: UInt64 { storedRefusals }

  /// Takes one, or counts a refusal (response flag UO).
  public func tryAcquire() -> Bool {
    guard storedActive < storedLimit else {
      storedRefusals &+= 1
      return false
    }
    storedActive &+= 1
    return true
  }

  /// One more stays within the limit.
  public var isAvailable: Bool { storedActive < storedLimit }

  /// Takes one even beyond the limit, for what must not be refused.
  public func acquire() { storedActive &+= 1 }

  /// Gives one back.
  public func release() {
    precondition(storedActive > 0, "releases what was acquired")
    storedActive &-= 1
  }
}

/// The bounds of one cluster on one worker.
///
/// The configured limits are for the whole process. Workers share nothing they write, so each of N
/// workers gets a N-th, rounded up: together they may exceed a limit by at most N - 1, and a worker
/// whose connections happen to be busier reaches its share before the process reaches the limit.
/// Source: `envoy.config.cluster.v3.CircuitBreakers.Thresholds` of default priority.
public struct CircuitBreakers {
  public let connections: ResourceLimit
  public let pendingRequests: ResourceLimit
  public let requests: ResourceLimit

  init(_ config: CircuitBreakersConfig, workerCount: Int) {
    connections = .init(limit: Self.share(config.maxConnections, workerCount))
    pendingRequests = .init(limit: Self.share(config.maxPendingRequests, workerCount))
    requests = .init(limit: Self.share(config.maxRequests, workerCount))
  }

  /// Changes the limits and keeps what is acquired.
  func update(_ config: CircuitBreakersConfig, workerCount: Int) {
    connections.limit = Self.share(config.maxConnections, workerCount)
    pendingRequests.limit = Self.share(config.maxPendingRequests, workerCount)
    requests.limit = Self.share(config.maxRequests, workerCount)
  }

  private static func share(_ limit: Int, _ workerCount: Int) -> Int {
    limit / workerCount + (limit % workerCount == 0 ? 0 : 1)
  }
}
