import Config
import Platform

extension MessageView {
  /// A `core.v3.Address` field before its host is taken as an IP address or a name.
  struct HostAndPort {
    let host: String
    let port: UInt16
    /// The `socket_address` message, for findings.
    let view: MessageView
  }

  func hostAndPort(_ name: String, ports: ClosedRange<UInt64>) -> HostAndPort? {
    guard let address = view(name) else {
      reject(name, "required")
      return nil
    }
    return address.hostAndPort(ports: ports)
  }

  /// This view's own content, when it is a `core.v3.Address`.
  private func hostAndPort(ports: ClosedRange<UInt64>) -> HostAndPort? {
    guard let socket = view("socket_address") else {
      reject("accepted: socket_address with address and port_value")
      return nil
    }
    let protocolName = socket.enumerationName("protocol")
    if protocolName != "TCP" { socket.reject("protocol", "found \(protocolName), accepted: TCP") }
    if socket.has("resolver_name") && !socket.string("resolver_name").isEmpty {
      socket.reject("resolver_name", "custom resolvers are not implemented")
    }
    let host = socket.required("address")
    guard let port = socket.unsignedIfSet("port_value") else {
      socket.reject("port_value", "required")
      return nil
    }
    guard ports.contains(port) else {
      let accepted = "\(ports.lowerBound) to \(ports.upperBound)"
      socket.reject("port_value", "found \(port), accepted: \(accepted)")
      return nil
    }
    return host.isEmpty ? nil : HostAndPort(host: host, port: UInt16(port), view: socket)
  }

  /// A `core.v3.Address` field that must hold an IP address. Port 0 lets the kernel choose.
  func socketAddress(_ name: String, ports: ClosedRange<UInt64>) -> SocketAddress? {
    hostAndPort(name, ports: ports).flatMap(Self.numeric)
  }

  /// A list of `core.v3.Address` that must hold IP addresses, each with a port.
  func socketAddresses(_ name: String) -> [SocketAddress] {
    views(name).compactMap { $0.hostAndPort(ports: 1...65535).flatMap(Self.numeric) }
  }

  private static func numeric(_ found: HostAndPort) -> SocketAddress? {
    guard let address = SocketAddress(found.host, port: found.port) else {
      found.view.reject(
        "address", "found \"\(found.host)\", accepted: an IPv4 or IPv6 address")
      return nil
    }
    return address
  }
}

extension LocalityConfig {
  init(translating view: MessageView?) {
    self.init(
      region: view?.string("region") ?? "", zone: view?.string("zone") ?? "",
      subZone: view?.string("sub_zone") ?? "")
  }
}

extension MessageView {
  /// A `core.v3.ConfigSource` field, of which only `ads` is taken; false when it is anything else.
  @discardableResult
  func requireADS(_ name: String) -> Bool {
    guard let source = view(name) else {
      reject(name, "required; accepted: ads: {}")
      return false
    }
    guard source.has("ads") else {
      source.reject("only the aggregated stream is implemented; accepted: ads: {}")
      return false
    }
    source.acceptAPIVersion("resource_api_version")
    return true
  }

  /// `initial_fetch_timeout` of a config source; nil: none.
  func initialFetchTimeout(_ source: String) -> Duration? {
    guard let source = view(source) else { return .initialFetchTimeout }
    return source.timeout("initial_fetch_timeout", unset: .initialFetchTimeout)
  }

  func acceptAPIVersion(_ name: String) {
    let version = enumerationName(name)
    if version != "V3" && version != "AUTO" { reject(name, "found \(version), accepted: V3") }
  }
}
