import Config

/// What only shows when the parts of a cluster are put together.
extension ClusterConfig {
  /// ALPN offers nothing of what is spoken. Of all names HTTP/2's alone is none of HTTP/1.
  func warnOfALPN(_ view: MessageView) {
    guard let names = tls?.common.applicationProtocols, !names.isEmpty else { return }
    let spoken: String
    switch httpProtocol {
    case .http1 where names.allSatisfy({ $0 == "h2" }): spoken = "http/1.1"
    case .http2 where !names.contains("h2"): spoken = "h2"
    default: return
    }
    view.view("transport_socket")?.opened("typed_config")?.view("common_tls_context")?.warn(
      "alpn_protocols",
      "does not name \(spoken), which the cluster speaks: endpoints that choose by ALPN are not reached"
    )
  }
}
