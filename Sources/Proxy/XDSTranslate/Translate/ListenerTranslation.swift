import Config
import Platform

/// What the bootstrap says that its listeners, or those of the control plane, go by.
struct BootstrapScope {
  /// Where spans go by default.
  let tracing: TracingConfig?
  /// Every cluster there can be; nil: more may come.
  let clusters: KnownNames?
  /// Those of the file that speak TLS.
  let secureClusters: Set<String>
}

extension ListenerConfig {
  /// nil: what is missing has been reported.
  /// A listener in a bootstrap file may go without a name and is then called by its address.
  init?(translating view: MessageView, requiresName: Bool, in bootstrap: BootstrapScope) {
    let name = requiresName ? view.required("name") : view.string("name")
    let address = view.socketAddress("address", ports: 0...65535)
    Self.checkSocket(view)
    view.checkBufferLimit()
    let chains = Self.chains(of: view, bootstrap)
    let fallback = view.view("default_filter_chain").flatMap {
      FilterChainConfig(translating: $0, bootstrap)
    }
    guard let address, !chains.isEmpty || fallback != nil else { return nil }
    self.init(
      name: name.isEmpty ? "\(address)" : name, address: address, filterChains: chains)
    defaultFilterChain = fallback
    readInspection(view)
    readAccessLogs(view)
    if let backlog = view.wrappedCount("tcp_backlog_size", in: 1...(1 << 31 - 1)) {
      tcpBacklog = backlog
    }
    switch view.enumerationName("traffic_direction") {
    case "INBOUND": trafficDirection = .inbound
    case "OUTBOUND": trafficDirection = .outbound
    default: trafficDirection = .unspecified
    }
  }

  /// A listener logs connections: with the TCP proxy that is what the filter logs, too.
  private mutating func readAccessLogs(_ view: MessageView) {
    guard view.has("access_log") else { return }
    guard allFilterChains.contains(where: \.proxiesTCP) else {
      let accepted = "accepted: access_log of the connection manager, which logs requests"
      return view.ignore("access_log", "ignored: HTTP connections are not logged; \(accepted)")
    }
    let logs = AccessLogConfig.list(in: view, "access_log")
    for index in filterChains.indices { filterChains[index].addAccessLogs(logs) }
    defaultFilterChain?.addAccessLogs(logs)
  }

  private static let inspectorName = "envoy.filters.listener.tls_inspector"

  private mutating func readInspection(_ view: MessageView) {
    for filter in view.views("listener_filters") {
      let type = filter.typeName("typed_config")
      // Known by its name where nothing is to be configured.
      let isInspector = type.isEmpty && filter.string("name") == Self.inspectorName
      guard type == TypeName.tlsInspector || isInspector else {
        filter.reject(
          "listener filter \(filter.extensionName) is not implemented; "
            + "accepted: \(Self.inspectorName)")
        continue
      }
      inspectsTLS = true
      _ = filter.string("name")
      if filter.has("filter_disabled") {
        filter.reject("filter_disabled", "not implemented: every connection is looked at")
      }
      guard let inspector = filter.opened("typed_config") else { continue }
      // The message is read where it lies, up to what it may take.
      inspector.accept("initial_read_buffer_size")
    }
    if view.has("listener_filters_timeout") {
      // 0 would let a client hold a connection for ever.
      inspectionTimeout =
        view.duration("listener_filters_timeout", .moreThanZero) ?? inspectionTimeout
    }
    continuesOnInspectionTimeout = view.bool("continue_on_listener_filters_timeout")
  }

  private static func checkSocket(_ view: MessageView) {
    if view.wrappedBool("bind_to_port") == false {
      view.reject("bind_to_port", "found false; a listener that does not bind is not implemented")
    }
    if view.wrappedBool("use_original_dst") == true {
      view.reject("use_original_dst", "found true; original destinations are not implemented")
    }
    if view.wrappedBool("transparent") == true {
      view.reject("transparent", "found true; transparent sockets are not implemented")
    }
    if view.wrappedBool("enable_reuse_port") == false {
      view.ignore("enable_reuse_port", "ignored: each worker listens with SO_REUSEPORT")
    }
  }

  private static func chains(
    of view: MessageView, _ bootstrap: BootstrapScope
  ) -> [FilterChainConfig] {
    let views = view.views("filter_chains")
    if views.isEmpty, !view.has("default_filter_chain") {
      view.reject("filter_chains", "required: a filter chain")
    }
    var chains: [FilterChainConfig] = []
    var names: Set<String> = []
    for chain in views {
      guard let config = FilterChainConfig(translating: chain, bootstrap) else { continue }
      if !config.name.isEmpty, !names.insert(config.name).inserted {
        chain.reject("name", "a second \"\(config.name)\"; names are unique")
      }
      if let known = chains.firstIndex(where: { $0.match == config.match }) {
        let other = chains[known].name
        chain.reject(
          "filter_chain_match",
          "matches what \(other.isEmpty ? "filter_chains[\(known)]" : other) matches; "
            + "which of the two carries a connection would be open")
      }
      chains.append(config)
    }
    return chains
  }
}

extension NetworkFilterConfig {
  init?(translating filter: MessageView, _ bootstrap: BootstrapScope) {
    _ = filter.string("name")
    let type = filter.typeName("typed_config")
    switch type {
    case TypeName.httpConnectionManager:
      guard let inner = filter.opened("typed_config"),
        let manager = HTTPConnectionManagerConfig(translating: inner, in: bootstrap)
      else { return nil }
      self = .http(manager)
    case TypeName.tcpProxy:
      guard let inner = filter.opened("typed_config"),
        let proxy = TCPProxyConfig(translating: inner, tracing: bootstrap.tracing)
      else { return nil }
      self = .tcp(proxy)
    default:
      let name = filter.extensionName
      filter.reject("network filter \(name) is not implemented; \(FilterChainConfig.accepted)")
      return nil
    }
  }
}

extension MessageView {
  /// What a connection holds in one direction, in bytes; a message's head may add to it.
  private static let bufferBytes = 16 * 1024

  /// Reads `per_connection_buffer_limit_bytes` of a listener or a cluster. Buffers are of one size:
  /// they keep to any limit that is not smaller.
  func checkBufferLimit() {
    let name = "per_connection_buffer_limit_bytes"
    guard let limit = wrappedCount(name, in: 1...(1 << 31)), limit < Self.bufferBytes else {
      return
    }
    ignore(name, "found \(limit), ignored: connections buffer \(Self.bufferBytes) bytes each way")
  }

  /// How an extension is called in findings: its name, its type, or both.
  var extensionName: String {
    let name = string("name")
    let type = typeName("typed_config")
    if type.isEmpty { return name.isEmpty ? "without a name" : name }
    return name.isEmpty ? type : "\(name) (\(type))"
  }
}
