import Config

extension GRPCStatsConfig {
  init(translating view: MessageView) {
    self.init()
    if let list = view.view("individual_method_stats_allowlist") {
      methods = .listed(Self.names(in: list))
    } else if view.wrappedBool("stats_for_all_methods") == true {
      methods = .all
    }
    measuresTime = view.bool("enable_upstream_stats")
    replacesDots = view.bool("replace_dots_in_grpc_service_name")
    if view.bool("emit_filter_state") {
      view.ignore("emit_filter_state", "ignored: no access log shows the state of filters")
    }
  }

  private static func names(in list: MessageView) -> [GRPCMethodName] {
    var names: [GRPCMethodName] = []
    for service in list.views("services") {
      let name = service.required("name")
      let methods = service.strings("method_names")
      if methods.isEmpty { service.reject("method_names", "required") }
      names += methods.map { GRPCMethodName(service: name, method: $0) }
    }
    if names.count > maxMethods {
      list.reject("services", "found \(names.count) methods, accepted: up to \(maxMethods)")
    }
    return names
  }
}
