import HTTPModel
import Memory
import Platform
import Testing

@testable import Telemetry

@Suite("histograms")
struct HistogramTests {
  @Test func everyBoundIsInclusive() throws {
    for index in 0..<Histogram.boundCount {
      let bound = try #require(HistogramSnapshot.bound(index))
      let histogram = Histogram()
      histogram.record(nanoseconds: bound * 1000)
      histogram.record(nanoseconds: (bound + 1) * 1000)
      let counts = histogram.snapshot().counts
      #expect(counts[index] == 1, "\(bound) us is in its bucket")
      #expect(counts[index + 1] == 1, "one more is in the next")
    }
  }

  @Test func takesTheExtremes() {
    let histogram = Histogram()
    histogram.record(nanoseconds: 0)
    histogram.record(nanoseconds: .max)
    let snapshot = histogram.snapshot()
    #expect(snapshot.counts.first == 1)
    #expect(snapshot.counts.last == 1)
    #expect(snapshot.sumMicroseconds == UInt64.max / 1000)
  }

  @Test func quantilesSpreadEvenlyWithinABucket() throws {
    let histogram = Histogram()
    for _ in 0..<100 { histogram.record(nanoseconds: 3_000_000) }
    let snapshot = histogram.snapshot()
    #expect(snapshot.quantileMilliseconds(0) == 2.5)
    #expect(snapshot.quantileMilliseconds(0.5) == 3.75)
    #expect(snapshot.quantileMilliseconds(1) == 5)
    #expect(Histogram().snapshot().quantileMilliseconds(0.5) == nil)
  }
}

@Suite("statistics")
struct StatsTests {
  private func text(
    _ registry: StatsRegistry, usedOnly: Bool = true, filter: ((String) -> Bool)? = nil
  ) -> [String] {
    let bytes = ByteBuffer(capacity: 1024)
    registry.appendText(to: bytes, usedOnly: usedOnly, filter: filter)
    return bytes.readable.text.split(separator: "\n").map(String.init)
  }

  private func metrics(_ registry: StatsRegistry, as format: ExpositionFormat) -> [String] {
    let bytes = ByteBuffer(capacity: 1024)
    registry.appendMetrics(to: bytes, as: format, usedOnly: true, version: "1.2.3")
    return bytes.readable.text.split(separator: "\n").map(String.init)
  }

  @Test func addsUpWhatEachWorkerCounted() {
    let registry = StatsRegistry(workerCount: 2)
    let blocks = registry.clusters.blocks(named: "api")
    #expect(blocks.count == 3, "one for each worker, one for the control thread")
    blocks[0].upstreamRequestTotal.add(2)
    blocks[1].upstreamRequestTotal.add(3)
    blocks[2].membershipTotal.set(4)
    #expect(
      text(registry) == ["cluster.api.upstream_rq_total: 5", "cluster.api.membership_total: 4"])
  }

  @Test func keepsItsCountsWhenTheNameComesAgain() {
    let registry = StatsRegistry(workerCount: 1)
    registry.http.blocks(named: "ingress")[0].downstreamRequestTotal.add()
    #expect(registry.http.blocks(named: "ingress")[0].downstreamRequestTotal.value == 1)
    #expect(!registry.http.prune { $0 != "ingress" })
    #expect(registry.http.blocks(named: "ingress")[0].downstreamRequestTotal.value == 0)
  }

  @Test func whatSomebodyMayStillWriteIsNotForgotten() {
    let registry = StatsRegistry(workerCount: 2)
    var held: ClusterStats? = registry.clusters.blocks(named: "api")[1]
    _ = registry.clusters.blocks(named: "other")
    #expect(registry.clusters.prune { _ in false })
    held?.upstreamRequestTotal.add()
    #expect(text(registry, usedOnly: true).contains { $0.hasPrefix("cluster.api.") })
    #expect(!text(registry, usedOnly: false).contains { $0.hasPrefix("cluster.other.") })
    held = nil
    #expect(!registry.clusters.prune { _ in false })
    #expect(!text(registry, usedOnly: false).contains { $0.hasPrefix("cluster.") })
  }

  @Test func showsAllOrWhatTheFilterTakes() {
    let registry = StatsRegistry(workerCount: 1)
    _ = registry.tcp.blocks(named: "db")
    let all = text(registry, usedOnly: false)
    #expect(all.contains("tcp.db.downstream_cx_total: 0"))
    #expect(all.contains("tcp.db.downstream_cx_length_ms: No recorded values"))
    #expect(all.contains("server.live: 0"))
    let some = text(registry, usedOnly: false) { $0.hasSuffix("cx_active") }
    #expect(some == ["tcp.db.downstream_cx_active: 0"])
  }

  @Test func aGaugeWorkersShareComesBackToZero() {
    let registry = StatsRegistry(workerCount: 2)
    let blocks = registry.clusters.blocks(named: "api")
    blocks[0].upstreamRequestActive.add()
    blocks[1].upstreamRequestActive.subtract()
    #expect(text(registry).isEmpty)
  }

  @Test func countsStatusesByClass() {
    let registry = StatsRegistry(workerCount: 1)
    let stats = registry.clusters.blocks(named: "api")[0]
    for status in [100, 200, 299, 404, 599, 600, 99, 0, -1] {
      stats.responses.count(status: status)
    }
    #expect(
      text(registry) == [
        "cluster.api.upstream_rq_1xx: 1", "cluster.api.upstream_rq_2xx: 2",
        "cluster.api.upstream_rq_4xx: 1", "cluster.api.upstream_rq_5xx: 1",
      ])
    #expect(
      metrics(registry, as: .prometheus).contains(
        #"martlet_cluster_upstream_rq_xx_total{cluster="api",response_code_class="2xx"} 2"#))
  }

  @Test func namesFamiliesAsEachFormatWantsThem() {
    let registry = StatsRegistry(workerCount: 1)
    registry.http.blocks(named: "in\"\\\n")[0].downstreamReceivedBytes.add(7)
    registry.server.uptime.set(9)
    #expect(
      metrics(registry, as: .prometheus) == [
        "# HELP martlet_http_downstream_cx_rx_bytes_total Bytes read from clients",
        "# TYPE martlet_http_downstream_cx_rx_bytes_total counter",
        #"martlet_http_downstream_cx_rx_bytes_total{stat_prefix="in\"\\\n"} 7"#,
        "# HELP martlet_server_uptime_seconds Seconds since the start",
        "# TYPE martlet_server_uptime_seconds gauge", "martlet_server_uptime_seconds 9",
        "# HELP martlet_build_info The running build", "# TYPE martlet_build_info gauge",
        #"martlet_build_info{version="1.2.3"} 1"#,
      ])
    #expect(
      metrics(registry, as: .openMetrics) == [
        "# HELP martlet_http_downstream_cx_rx_bytes Bytes read from clients",
        "# TYPE martlet_http_downstream_cx_rx_bytes counter",
        "# UNIT martlet_http_downstream_cx_rx_bytes bytes",
        #"martlet_http_downstream_cx_rx_bytes_total{stat_prefix="in\"\\\n"} 7"#,
        "# HELP martlet_server_uptime_seconds Seconds since the start",
        "# TYPE martlet_server_uptime_seconds gauge",
        "# UNIT martlet_server_uptime_seconds seconds", "martlet_server_uptime_seconds 9",
        "# HELP martlet_build The running build", "# TYPE martlet_build info",
        #"martlet_build_info{version="1.2.3"} 1"#, "# EOF",
      ])
  }

  @Test func bucketsAreCumulativeAndInSeconds() {
    let registry = StatsRegistry(workerCount: 1)
    let stats = registry.clusters.blocks(named: "api")[0]
    stats.connectTime.record(nanoseconds: 200_000)
    stats.connectTime.record(nanoseconds: 1_500_000_000)
    let lines = metrics(registry, as: .prometheus)
    let family = "martlet_cluster_upstream_cx_connect_time_seconds"
    for line in [
      "# TYPE \(family) histogram", "\(family)_bucket{cluster=\"api\",le=\"0.0001\"} 0",
      "\(family)_bucket{cluster=\"api\",le=\"0.00025\"} 1",
      "\(family)_bucket{cluster=\"api\",le=\"1.0\"} 1",
      "\(family)_bucket{cluster=\"api\",le=\"2.5\"} 2",
      "\(family)_bucket{cluster=\"api\",le=\"+Inf\"} 2",
      "\(family)_sum{cluster=\"api\"} 1.5002", "\(family)_count{cluster=\"api\"} 2",
    ] {
      #expect(lines.contains(line))
    }
  }

  @Test func noFamilyIsNamedTwice() {
    let registry = StatsRegistry(workerCount: 1)
    for name in ["a", "b"] {
      _ = registry.http.blocks(named: name)
      _ = registry.tcp.blocks(named: name)
      _ = registry.clusters.blocks(named: name)
      _ = registry.listeners.blocks(named: name)
    }
    let bytes = ByteBuffer(capacity: 1024)
    registry.appendMetrics(to: bytes, as: .openMetrics, version: "1")
    let types = bytes.readable.text.split(separator: "\n").filter { $0.hasPrefix("# TYPE") }
    #expect(types.count > 80)
    #expect(Set(types).count == types.count)
  }
}

@Suite("calls of gRPC")
struct GRPCCallStatsTests {
  private func lines(_ registry: StatsRegistry, _ names: String...) -> [String] {
    let bytes = ByteBuffer(capacity: 1024)
    registry.appendText(to: bytes) { $0.contains(".grpc.") }
    let lines = bytes.readable.text.split(separator: "\n").map(String.init)
    return names.isEmpty ? lines : lines.filter { line in names.contains { line.contains($0) } }
  }

  @Test func areShownByMethodAndAddedUpOverWorkers() {
    let registry = StatsRegistry(workerCount: 2)
    let blocks = registry.clusters.blocks(named: "api")
    for worker in 0..<2 {
      let calls = GRPCCallStats(service: "a.S", method: "Get")
      blocks[worker].add(calls)
      calls.ended(status: 0)
      calls.ended(status: worker == 0 ? 14 : nil)
      calls.requestMessages.add(3)
    }
    #expect(
      lines(registry) == [
        "cluster.api.grpc.a.S.Get.total: 4", "cluster.api.grpc.a.S.Get.success: 2",
        "cluster.api.grpc.a.S.Get.failure: 2",
        "cluster.api.grpc.a.S.Get.request_message_count: 6", "cluster.api.grpc.a.S.Get.0: 2",
        "cluster.api.grpc.a.S.Get.14: 1",
      ])
  }

  @Test func beyondTheBoundAreCountedTogether() {
    let registry = StatsRegistry(workerCount: 2)
    let blocks = registry.clusters.blocks(named: "api")
    for number in 0..<300 {
      let calls = GRPCCallStats(service: "s", method: "M\(number)")
      blocks[number % 2].add(calls)
      calls.ended(status: 0)
    }
    let others = GRPCCallStats()
    blocks[0].add(others)
    others.ended(status: 5)
    let known = GRPCCallStats(service: "s", method: "M0")
    blocks[1].add(known)
    known.ended(status: 0)
    #expect(lines(registry, ".total").count == 257)
    #expect(
      lines(registry, "grpc.total", ".M0.total") == [
        "cluster.api.grpc.total: 45", "cluster.api.grpc.s.M0.total: 2",
      ])
    #expect(lines(registry, ".M255.total", ".M256.total") == ["cluster.api.grpc.s.M255.total: 1"])
  }
}
