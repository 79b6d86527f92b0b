import Config

/// What one worker has of a cluster's budget, and how much of it is in use. Owning worker only.
///
/// It holds a little more than it uses, so that the common acquisition and release touch nothing shared:
/// it goes to the budget when what it holds is used up, and when it holds too much.
public final class ResourceLimit {
  private let budget: ResourceBudget
  public private(set) var active = 0
  /// Taken from the budget; less than `active` only after `acquire` went beyond the limit.
  private var held = 0
  private var reserve: Int

  init(_ budget: ResourceBudget) {
    self.budget = budget
    reserve = budget.reserve
  }

  /// Takes one; false when all workers together have as many as they may (response flag UO).
  public func tryAcquire() -> Bool {
    if active >= held {
      held &+= budget.take(upTo: active &- held &+ 1 &+ reserve)
      guard active < held else { return false }
    }
    active &+= 1
    return true
  }

  /// One more stays within the limit.
  public var isAvailable: Bool { active < held || budget.hasFree }

  /// Takes one even beyond the limit, for what must not be refused.
  public func acquire() { if !tryAcquire() { active &+= 1 } }

  /// Gives one back.
  public func release() {
    precondition(active > 0, "releases what was acquired")
    active &-= 1
    if held &- active > 2 &* reserve { giveBack(keeping: reserve) }
  }

  /// The budget has another limit: nothing is kept of what was in reserve.
  func onResized() {
    reserve = budget.reserve
    giveBack(keeping: 0)
  }

  private func giveBack(keeping spare: Int) {
    let excess = held &- active &- spare
    guard excess > 0 else { return }
    held &-= excess
    budget.give(excess)
  }
}

/// The bounds of one cluster on one worker: its part of what all workers share.
public struct CircuitBreakers {
  public let connections: ResourceLimit
  public let pendingRequests: ResourceLimit
  public let requests: ResourceLimit

  init(_ budgets: ClusterBudgets) {
    connections = .init(budgets.connections)
    pendingRequests = .init(budgets.pendingRequests)
    requests = .init(budgets.requests)
  }

  func onResized() {
    connections.onResized()
    pendingRequests.onResized()
    requests.onResized()
  }
}
