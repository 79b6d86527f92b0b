import Config

extension UpgradeConfig {
  /// The `upgrade_configs` of a connection manager.
  static func ofManager(_ manager: MessageView) -> [UpgradeConfig] {
    list(in: manager) { entry, _ in
      if entry.has("filters") {
        entry.reject("filters", "not implemented: http_filters hold for upgrades as well")
      }
    }
  }

  /// The `upgrade_configs` of a route.
  static func ofRoute(_ action: MessageView) -> [UpgradeConfig] {
    list(in: action) { entry, config in
      guard let connect = entry.view("connect_config") else { return }
      config.terminatesConnect = true
      if config.type != Self.connect {
        entry.reject("connect_config", "found beside \"\(config.type)\", accepted beside CONNECT")
      }
      if connect.bool("allow_post") {
        connect.reject("allow_post", "not implemented: only CONNECT makes a tunnel")
      }
    }
  }

  /// Routes of a connection manager for CONNECT that nothing lets through.
  static func warnOfConnect(_ manager: MessageView, _ upgrades: [UpgradeConfig]) {
    let ofManager = upgrades.first { $0.type == connect }?.isEnabled ?? false
    for host in manager.view("route_config")?.views("virtual_hosts") ?? [] {
      for route in host.views("routes") {
        guard let match = route.view("match"), match.has("connect_matcher"),
          let action = route.view("route")
        else { continue }
        let ofRoute = action.views("upgrade_configs").first {
          $0.string("upgrade_type").lowercased() == connect
        }
        if ofRoute.map({ $0.wrappedBool("enabled") ?? true }) ?? ofManager { continue }
        match.warn(
          "connect_matcher",
          "no upgrade_configs of the route or the connection manager lets CONNECT through: it gets 403"
        )
      }
    }
  }

  private static func list(
    in view: MessageView, _ readFurther: (MessageView, inout UpgradeConfig) -> Void
  ) -> [UpgradeConfig] {
    var types: Set<String> = []
    return view.views("upgrade_configs").map { entry in
      var config = UpgradeConfig(translating: entry)
      readFurther(entry, &config)
      if !types.insert(config.type).inserted {
        entry.reject("upgrade_type", "found \"\(config.type)\" twice")
      }
      return config
    }
  }

  private init(translating view: MessageView) {
    let type = view.required("upgrade_type").lowercased()
    self.init(type: type, isEnabled: view.wrappedBool("enabled") ?? true)
    let parts = type.split(separator: "/", omittingEmptySubsequences: false)
    if !type.isEmpty, parts.count > 2 || !parts.allSatisfy({ HeaderText.isName(String($0)) }) {
      view.reject("upgrade_type", found: type, accepted: "a protocol's name")
    }
    // Requests inside it would be nobody's to route or to refuse.
    if type == "h2c" || type.hasPrefix("http/") {
      view.reject("upgrade_type", found: type, accepted: "a protocol that carries no requests")
    }
  }
}
