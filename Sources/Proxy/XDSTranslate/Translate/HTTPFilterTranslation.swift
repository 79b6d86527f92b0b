import Config

extension HTTPConnectionManagerConfig {
  /// The `http_filters` of a connection manager. Those before the router act in an order of their own,
  /// whatever theirs: what they do does not depend on it.
  mutating func readFilters(_ view: MessageView) {
    let filters = view.views("http_filters")
    if filters.isEmpty {
      view.reject("http_filters", "required; accepted: \(Self.acceptedFilters)")
    }
    var types: Set<String> = []
    for (index, filter) in filters.enumerated() {
      let type = filter.typeName("typed_config")
      guard type == TypeName.router || Self.beforeRouter.contains(type) else {
        let name = filter.extensionName
        filter.reject(
          "HTTP filter \(name) is not implemented; accepted: \(Self.acceptedFilters)")
        continue
      }
      _ = filter.string("name")
      filter.accept("is_optional")
      let isDisabled = filter.bool("disabled")
      if !types.insert(type).inserted { filter.reject("the filter stands here twice") }
      guard let config = filter.opened("typed_config") else { continue }
      switch type {
      case TypeName.grpcWeb: bridgesGRPCWeb = !isDisabled
      case TypeName.grpcStats:
        let stats = GRPCStatsConfig(translating: config)
        grpcStats = isDisabled ? nil : stats
      default:
        // It adds no header of Envoy's that could be left out.
        config.accept("suppress_envoy_headers")
        if isDisabled { filter.reject("disabled", "the router cannot be disabled") }
        if index != filters.count - 1 { filter.reject("the router must be the last filter") }
      }
    }
    if !types.isEmpty, types.count == filters.count, types.isSubset(of: Self.beforeRouter) {
      view.reject("http_filters", "the last must be envoy.filters.http.router")
    }
  }

  private static let beforeRouter: Set = [TypeName.grpcWeb, TypeName.grpcStats]
  private static let acceptedFilters =
    "envoy.filters.http.grpc_web, envoy.filters.http.grpc_stats, and envoy.filters.http.router last"
}
