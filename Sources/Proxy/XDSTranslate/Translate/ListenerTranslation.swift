import Config
import Platform

/// What the bootstrap says that its listeners, or those of the control plane, go by.
struct BootstrapScope {
  /// Where spans go by default.
  let tracing: TracingConfig?
  /// Every cluster there can be; nil: more may come.
  let clusters: KnownNames?
}

extension ListenerConfig {
  /// nil: what is missing has been reported.
  /// A listener in a bootstrap file may go without a name and is then called by its address.
  init?(translating view: MessageView, requiresName: Bool, in bootstrap: BootstrapScope) {
    let name = requiresName ? view.required("name") : view.string("name")
    let address = view.socketAddress("address", ports: 0...65535)
    Self.checkSocket(view)
    view.checkBufferLimit()
    guard let filter = Self.filter(of: view, bootstrap), let address else { return nil }
    self.init(name: name.isEmpty ? "\(address)" : name, address: address, filter: filter)
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
    guard case .tcp(var proxy) = filter else {
      let accepted = "accepted: access_log of the connection manager, which logs requests"
      return view.ignore("access_log", "ignored: HTTP connections are not logged; \(accepted)")
    }
    proxy.accessLogs = AccessLogConfig.list(in: view, "access_log") + proxy.accessLogs
    filter = .tcp(proxy)
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
    for filter in view.views("listener_filters") {
      filter.reject("listener filter \(filter.extensionName) is not implemented; none is accepted")
    }
  }

  private static func filter(
    of view: MessageView, _ bootstrap: BootstrapScope
  ) -> NetworkFilterConfig? {
    let chains = view.views("filter_chains")
    guard chains.count == 1, let chain = chains.first else {
      if chains.isEmpty {
        view.reject("filter_chains", "required: one filter chain")
      } else {
        view.reject("filter_chains", "found \(chains.count), accepted: one filter chain")
      }
      return nil
    }
    checkChain(chain)
    let filters = chain.views("filters")
    for filter in filters.dropLast() {
      filter.reject("network filter \(filter.extensionName) is not implemented; \(accepted)")
    }
    guard let last = filters.last else {
      chain.reject("filters", "required: one network filter; \(accepted)")
      return nil
    }
    return NetworkFilterConfig(translating: last, bootstrap)
  }

  private static func checkChain(_ chain: MessageView) {
    // It names the chain in findings.
    chain.accept("name")
    if let socket = chain.view("transport_socket") {
      let type = socket.typeName("typed_config")
      if !type.hasSuffix(".RawBuffer") {
        socket.reject("transport socket \(socket.extensionName) is not implemented; plaintext only")
      } else {
        socket.message.isSettled = true
      }
    }
    if chain.wrappedBool("use_proxy_proto") == true {
      chain.reject("use_proxy_proto", "found true; the PROXY protocol is not implemented")
    }
  }

  fileprivate static let accepted =
    "accepted: envoy.filters.network.http_connection_manager, envoy.filters.network.tcp_proxy"
}

extension NetworkFilterConfig {
  fileprivate init?(translating filter: MessageView, _ bootstrap: BootstrapScope) {
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
      filter.reject("network filter \(name) is not implemented; \(ListenerConfig.accepted)")
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
