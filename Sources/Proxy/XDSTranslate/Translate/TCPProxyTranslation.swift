import Config

extension TCPProxyConfig {
  /// - Parameter tracing: what `Bootstrap.tracing` says; the filter has no field for it.
  init?(translating view: MessageView, tracing: TracingConfig?) {
    let prefix = view.required("stat_prefix")
    guard let clusters = Self.clusters(of: view) else { return nil }
    self.init(statPrefix: prefix, clusters: clusters, tracing: tracing)
    idleTimeout = view.timeout("idle_timeout", unset: .seconds(3600))
    maxConnectionDuration = view.duration("max_downstream_connection_duration", .moreThanZero)
    maxConnectAttempts = view.wrappedCount("max_connect_attempts", in: 1...1000) ?? 1
    accessLogs = AccessLogConfig.list(in: view, "access_log")
  }

  private static func clusters(of view: MessageView) -> [WeightedClusterConfig]? {
    if let cluster = view.stringIfSet("cluster") {
      guard !cluster.isEmpty else {
        view.reject("cluster", "required")
        return nil
      }
      return [WeightedClusterConfig(cluster: cluster, weight: 1)]
    }
    guard let weighted = view.view("weighted_clusters") else {
      view.reject("cluster", "required: cluster or weighted_clusters")
      return nil
    }
    let clusters = weighted.views("clusters").map { entry in
      WeightedClusterConfig(
        cluster: entry.required("name"), weight: UInt32(clamping: entry.unsigned("weight")))
    }
    weighted.checkWeights(clusters)
    return clusters
  }
}

extension MessageView {
  /// The sum of the weights in `clusters` must be 1 to 4294967295.
  func checkWeights(_ clusters: [WeightedClusterConfig]) {
    let sum = clusters.reduce(UInt64(0)) { $0 + UInt64($1.weight) }
    if clusters.isEmpty {
      reject("clusters", "required: one cluster or more")
    } else if sum == 0 || sum > UInt64(UInt32.max) {
      reject("clusters", "the weights sum to \(sum), accepted: 1 to 4294967295")
    }
  }
}
