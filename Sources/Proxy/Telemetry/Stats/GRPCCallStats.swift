import Config
import Synchronization

/// What became of calls of gRPC to one cluster (`cluster.NAME.grpc.`), on one worker: of one method, or of
/// all that are not counted by themselves.
public final class GRPCCallStats: MetricBlock {
  /// By status, from 0 on.
  private typealias StatusCounters = InlineArray<17, Counter>
  private static let creations = Atomic<UInt64>(0)

  /// Empty: of any service and method.
  let service: String
  let method: String
  /// Later ones have higher numbers.
  let order: UInt64
  public let requestMessages = Counter()
  public let responseMessages = Counter()
  let total = Counter()
  let success = Counter()
  let failure = Counter()
  private let statuses: StatusCounters = InlineArray { _ in Counter() }
  let time = Histogram()

  /// - Parameter service: with its package.
  public init(service: String = "", method: String = "") {
    self.service = service
    self.method = method
    order = Self.creations.add(1, ordering: .relaxed).newValue
  }

  /// A call is over.
  /// - Parameter status: 0 to 16; nil: nobody told one.
  public func ended(status: Int?) {
    total.add()
    if status == 0 { success.add() } else { failure.add() }
    if let status, statuses.indices.contains(status) { statuses[status].add() }
  }

  /// An endpoint answered.
  public func answered(afterNanoseconds nanoseconds: UInt64) {
    time.record(nanoseconds: nanoseconds)
  }

  public static let scope = StatsScope(prefix: "cluster", label: "cluster")

  public static let counters: [CounterMetric<GRPCCallStats>] =
    [
      call(name: "total", family: "grpc", "Calls of gRPC") { $0.total.value },
      call(name: "success", family: "grpc_success", "Calls that ended with status 0") {
        $0.success.value
      },
      call(name: "failure", family: "grpc_failure", "Calls that ended with another status, or none")
      {
        $0.failure.value
      },
      call(
        name: "request_message_count", family: "grpc_request_message_count", "Messages of clients"
      ) {
        $0.requestMessages.value
      },
      call(
        name: "response_message_count", family: "grpc_response_message_count",
        "Messages of endpoints"
      ) { $0.responseMessages.value },
    ]
    + (0..<StatusCounters.count).map { status in
      call(
        name: "\(status)", family: "grpc_status", label: ("grpc_status", "\(status)"),
        "Calls by their status"
      ) { $0.statuses[status].value }
    }

  private static func call(
    name: String, family: String, label: (name: String, value: String)? = nil, _ help: String,
    _ read: @escaping @Sendable (GRPCCallStats) -> UInt64
  ) -> CounterMetric<GRPCCallStats> {
    CounterMetric(
      name: name, family: family, label: label, kind: .counter, unit: .none, help: help,
      showsZero: false, read: read)
  }

  public static let histograms: [HistogramMetric<GRPCCallStats>] = [
    HistogramMetric(
      name: "upstream_rq_time", family: "grpc_upstream_rq_time_seconds",
      help: "From an attempt to the last byte of its response", showsZero: false
    ) { $0.time.snapshot() }
  ]
}

extension ClusterStats {
  /// Shows the block with the cluster from now on. Worker of the cluster's block only.
  public func add(_ calls: GRPCCallStats) { grpcCalls.withLock { $0.append(calls) } }
}

extension StatsFamily<ClusterStats> {
  /// Calls of gRPC by cluster, service and method. The workers find methods for themselves: of all that
  /// they found, those that are beyond what a cluster may have are added to those without a name.
  var grpcCalls: [(subject: StatsSubject, blocks: [GRPCCallStats])] {
    sorted.flatMap { cluster, blocks in
      let found = blocks.flatMap { $0.grpcCalls.withLock { $0 } }.sorted { $0.order < $1.order }
      var groups: [GRPCMethodName: [GRPCCallStats]] = [:]
      let others = GRPCMethodName(service: "", method: "")
      for calls in found {
        let name = GRPCMethodName(service: calls.service, method: calls.method)
        let isShown =
          name == others || groups[name] != nil
          || groups.count - (groups[others] == nil ? 0 : 1) < GRPCStatsConfig.maxMethods
        groups[isShown ? name : others, default: []].append(calls)
      }
      return groups.sorted { $0.key < $1.key }.map { (cluster.calls(of: $0.key), $0.value) }
    }
  }
}

extension StatsSubject {
  /// Of one method's calls to this cluster; of all methods' where it has no name.
  fileprivate func calls(of name: GRPCMethodName) -> StatsSubject {
    if name.service.isEmpty { return StatsSubject(prefix: prefix + "grpc.", labels: labels) }
    return StatsSubject(
      prefix: "\(prefix)grpc.\(name.service).\(name.method).",
      labels: labels + [("service", name.service), ("method", name.method)])
  }
}
