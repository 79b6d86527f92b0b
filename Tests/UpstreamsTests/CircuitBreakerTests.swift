import Config
import Testing
import Upstreams

@Suite struct CircuitBreakerTests {
  private func cluster(requests: Int, workerCount: Int) -> UpstreamCluster {
    var config = Cluster.config()
    config.circuitBreakers.maxRequests = requests
    return UpstreamCluster(id: ClusterID(raw: 0), config: config, workerCount: workerCount)
  }

  private func acquire(_ cluster: UpstreamCluster) -> Bool {
    cluster.breakers.requests.tryAcquire()
  }

  @Test(arguments: [(1024, 1, 1024), (1024, 3, 342), (1, 4, 1), (0, 4, 0)])
  func aWorkerGetsItsShareRoundedUp(limit: Int, workers: Int, share: Int) {
    #expect(cluster(requests: limit, workerCount: workers).breakers.requests.limit == share)
  }

  @Test func refusesBeyondTheLimitAndCountsIt() {
    let cluster = cluster(requests: 2, workerCount: 1)
    #expect(acquire(cluster))
    #expect(acquire(cluster))
    #expect(!acquire(cluster))
    #expect(cluster.breakers.requests.refusals == 1)
    cluster.breakers.requests.release()
    #expect(acquire(cluster))
  }

  @Test func aNewLimitKeepsWhatIsAcquired() {
    let cluster = cluster(requests: 2, workerCount: 1)
    _ = acquire(cluster)
    var config = cluster.config
    config.circuitBreakers.maxRequests = 1
    cluster.update(config: config)
    #expect(cluster.breakers.requests.active == 1)
    #expect(!acquire(cluster))
  }
}
