import Config
import Platform

extension FilterChainConfig {
  static let accepted =
    "accepted: envoy.filters.network.http_connection_manager, envoy.filters.network.tcp_proxy"

  /// nil: what is missing has been reported.
  init?(translating view: MessageView, _ bootstrap: BootstrapScope) {
    let name = view.string("name")
    let match = view.view("filter_chain_match").map { FilterChainMatchConfig(translating: $0) }
    let tls = Self.transport(of: view)
    if view.wrappedBool("use_proxy_proto") == true {
      view.reject("use_proxy_proto", "found true; the PROXY protocol is not implemented")
    }
    let timeout = view.duration("transport_socket_connect_timeout", .moreThanZero)
    guard let filter = Self.filter(of: view, bootstrap) else { return nil }
    self.init(name: name, filter: filter)
    self.match = match ?? self.match
    self.tls = tls
    handshakeTimeout = timeout ?? handshakeTimeout
    offerProtocols()
    warn(of: view)
  }

  private static func filter(
    of view: MessageView, _ bootstrap: BootstrapScope
  ) -> NetworkFilterConfig? {
    let filters = view.views("filters")
    for filter in filters.dropLast() {
      filter.reject("network filter \(filter.extensionName) is not implemented; \(accepted)")
    }
    guard let last = filters.last else {
      view.reject("filters", "required: one network filter; \(accepted)")
      return nil
    }
    return NetworkFilterConfig(translating: last, bootstrap)
  }

  /// nil: plain text, or rejected.
  private static func transport(of view: MessageView) -> DownstreamTLSConfig? {
    guard let socket = view.view("transport_socket") else { return nil }
    _ = socket.string("name")
    switch socket.typeName("typed_config") {
    case TypeName.rawBuffer:
      _ = socket.opened("typed_config")
      return nil
    case TypeName.downstreamTLS:
      return socket.opened("typed_config").flatMap { DownstreamTLSConfig(translating: $0) }
    default:
      socket.reject(
        "transport socket \(socket.extensionName) is not implemented; "
          + "accepted: \(TypeName.downstreamTLS), \(TypeName.rawBuffer)")
      return nil
    }
  }

  /// What HTTP needs of ALPN where nothing is said: without it every client would get HTTP/1.1.
  private mutating func offerProtocols() {
    guard case .http(let manager) = filter, tls?.common.applicationProtocols.isEmpty == true else {
      return
    }
    tls?.common.applicationProtocols =
      switch manager.codec {
      case .auto: ["h2", "http/1.1"]
      case .http1: ["http/1.1"]
      case .http2: ["h2"]
      }
  }

  var proxiesTCP: Bool { if case .tcp = filter { true } else { false } }

  /// In front of the filter's own, where it proxies TCP.
  mutating func addAccessLogs(_ logs: [AccessLogConfig]) {
    guard case .tcp(var proxy) = filter else { return }
    proxy.accessLogs = logs + proxy.accessLogs
    filter = .tcp(proxy)
  }
}

extension FilterChainMatchConfig {
  fileprivate init(translating view: MessageView) {
    self.init()
    destinationPort = view.wrappedCount("destination_port", in: 1...65535).map { UInt16($0) }
    destinations = view.addressRanges("prefix_ranges")
    readNames(view)
    sources = view.addressRanges("source_prefix_ranges")
    directSources = view.addressRanges("direct_source_prefix_ranges")
    switch view.enumerationName("source_type") {
    case "SAME_IP_OR_LOOPBACK": sourceType = .sameMachine
    case "EXTERNAL": sourceType = .external
    default: sourceType = .any
    }
    for (index, port) in view.unsignedList("source_ports").enumerated() {
      if let port = UInt16(exactly: port), port > 0 {
        sourcePorts.append(port)
      } else {
        view.reject("source_ports", at: index, "found \(port), accepted: 1 to 65535")
      }
    }
  }

  private mutating func readNames(_ view: MessageView) {
    for (index, name) in view.strings("server_names").enumerated() {
      let lower = name.lowercased()
      let bare = lower.hasPrefix("*.") ? lower.dropFirst(2) : lower[...]
      if !HostText.isHost(bare) {
        view.reject(
          "server_names", at: index,
          "found \(MessageView.quoted(name)), accepted: a host name, or *. and the end of one")
      }
      serverNames.append(lower)
    }
    transportProtocol = view.string("transport_protocol")
    if !["", "tls", "raw_buffer"].contains(transportProtocol) {
      view.reject(
        "transport_protocol", found: transportProtocol, accepted: "tls, raw_buffer")
    }
    applicationProtocols = view.strings("application_protocols")
  }
}

extension MessageView {
  /// A list of `core.v3.CidrRange`.
  fileprivate func addressRanges(_ name: String) -> [AddressRangeConfig] {
    views(name).compactMap { range in
      let text = range.string("address_prefix")
      let length = range.wrappedUnsigned("prefix_len") ?? 0
      guard let address = SocketAddress(text, port: 0) else {
        range.reject("address_prefix", found: text, accepted: "an IPv4 or IPv6 address")
        return nil
      }
      guard let found = AddressRangeConfig(address, prefixLength: Int(length)) else {
        let most = address.family == .ipv4 ? 32 : 128
        range.reject("prefix_len", "found \(length), accepted: 0 to \(most)")
        return nil
      }
      return found
    }
  }
}
