import Config
import Synchronization

/// How much of one thing all workers together may have, and how much of that no worker holds. Workers
/// take from it and give back in pieces, see `ResourceLimit`. Any thread.
public final class ResourceBudget: Sendable {
  private let bound: Atomic<Int>
  /// Below 0 while workers hold more than a limit that was lowered.
  private let free: Atomic<Int>
  private let workerCount: Int

  /// - Parameter workerCount: workers that share it.
  public init(limit: Int, workerCount: Int) {
    bound = Atomic(limit)
    free = Atomic(limit)
    self.workerCount = workerCount
  }

  public var limit: Int { bound.load(ordering: .relaxed) }

  /// Changes the limit; what workers hold stays theirs. Control thread only.
  public func resize(to limit: Int) {
    let before = bound.exchange(limit, ordering: .relaxed)
    free.add(limit - before, ordering: .relaxed)
  }

  /// What a worker may keep unused, so that it does not come here for every request: nothing of a small
  /// limit; of a large one, all workers together an eighth at most.
  var reserve: Int { limit / (16 * workerCount) }

  var hasFree: Bool { free.load(ordering: .relaxed) > 0 }

  /// Takes up to `count`; 0 when nothing is free.
  func take(upTo count: Int) -> Int {
    var found = free.load(ordering: .relaxed)
    while found > 0 {
      let taken = min(found, count)
      let (done, actual) = free.weakCompareExchange(
        expected: found, desired: found - taken, ordering: .relaxed)
      if done { return taken }
      found = actual
    }
    return 0
  }

  func give(_ count: Int) { free.add(count, ordering: .relaxed) }
}

/// The budgets of one cluster. Source: `envoy.config.cluster.v3.CircuitBreakers.Thresholds` of default
/// priority.
public struct ClusterBudgets: Sendable {
  public let connections: ResourceBudget
  public let pendingRequests: ResourceBudget
  public let requests: ResourceBudget

  public init(_ config: CircuitBreakersConfig, workerCount: Int) {
    connections = .init(limit: config.maxConnections, workerCount: workerCount)
    pendingRequests = .init(limit: config.maxPendingRequests, workerCount: workerCount)
    requests = .init(limit: config.maxRequests, workerCount: workerCount)
  }

  /// Takes over other limits; tell the workers behind it. Control thread only.
  public func resize(to config: CircuitBreakersConfig) {
    connections.resize(to: config.maxConnections)
    pendingRequests.resize(to: config.maxPendingRequests)
    requests.resize(to: config.maxRequests)
  }
}
