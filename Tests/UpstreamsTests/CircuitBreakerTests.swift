import Config
import Testing
import Upstreams

@Suite struct CircuitBreakerTests {
  /// The same cluster on several workers.
  private struct Workers {
    let budgets: ClusterBudgets
    let limits: [ResourceLimit]
    private let clusters: [UpstreamCluster]

    init(_ count: Int, maxRequests: Int) {
      var config = Cluster.config()
      config.circuitBreakers.maxRequests = maxRequests
      let budgets = ClusterBudgets(config.circuitBreakers, workerCount: count)
      self.budgets = budgets
      clusters = (0..<count).map { _ in
        UpstreamCluster(id: ClusterID(slot: 0), config: config, budgets: budgets)
      }
      limits = clusters.map(\.breakers.requests)
    }

    func resize(maxRequests: Int) {
      var config = clusters[0].config
      config.circuitBreakers.maxRequests = maxRequests
      budgets.resize(to: config.circuitBreakers)
      for cluster in clusters { cluster.update(config: config) }
    }

    /// Acquires on one worker until it is refused.
    func fill(_ index: Int) -> Int {
      var count = 0
      while limits[index].tryAcquire() { count += 1 }
      return count
    }
  }

  @Test(arguments: [0, 1, 3, 16, 1024])
  func oneWorkerMayHaveTheWholeLimit(_ limit: Int) {
    let workers = Workers(4, maxRequests: limit)
    #expect(workers.fill(2) == limit)
    #expect(workers.fill(0) == 0)
  }

  @Test func whatOneWorkerGivesBackAnotherMayTake() {
    let workers = Workers(2, maxRequests: 1)
    for _ in 0..<3 {
      for limit in workers.limits {
        #expect(limit.tryAcquire())
        #expect(workers.limits.allSatisfy { !$0.isAvailable })
        limit.release()
      }
    }
  }

  @Test func whatIdleWorkersKeepIsAnEighthAtMost() {
    let workers = Workers(4, maxRequests: 1024)
    for limit in workers.limits.dropFirst() {
      for _ in 0..<100 { #expect(limit.tryAcquire()) }
      for _ in 0..<100 { limit.release() }
    }
    let count = workers.fill(0)
    #expect(count >= 1024 * 7 / 8)
    #expect(count <= 1024)
  }

  @Test func togetherTheyNeverPassTheLimit() {
    let workers = Workers(3, maxRequests: 100)
    var active = 0
    for step in 0..<10_000 {
      let limit = workers.limits[step % 3]
      // Each worker is busy in waves of its own.
      if (step / (50 * (step % 3 + 1))) % 2 == 0 {
        if limit.tryAcquire() { active += 1 }
      } else if limit.active > 0 {
        limit.release()
        active -= 1
      }
      #expect(active <= 100)
    }
  }

  @Test func whatMayNotBeRefusedGoesBeyondTheLimitAndIsPaidBack() {
    let workers = Workers(2, maxRequests: 1)
    #expect(workers.limits[0].tryAcquire())
    workers.limits[1].acquire()
    #expect(workers.limits[1].active == 1)
    workers.limits[1].release()
    #expect(!workers.limits[1].tryAcquire())
    workers.limits[0].release()
    #expect(workers.limits[1].tryAcquire())
    #expect(!workers.limits[0].tryAcquire())
  }

  @Test func aLowerLimitKeepsWhatIsAcquired() {
    let workers = Workers(2, maxRequests: 1024)
    #expect(workers.limits[0].tryAcquire())
    workers.resize(maxRequests: 1)
    #expect(workers.limits[0].active == 1)
    #expect(workers.fill(0) == 0)
    #expect(workers.fill(1) == 0)
    workers.limits[0].release()
    #expect(workers.fill(1) == 1)
  }

  @Test func aHigherLimitIsToBeHadAtOnce() {
    let workers = Workers(2, maxRequests: 1)
    #expect(workers.fill(0) == 1)
    workers.resize(maxRequests: 3)
    #expect(workers.fill(1) == 2)
  }
}
