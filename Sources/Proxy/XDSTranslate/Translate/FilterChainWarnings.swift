import Config
import TLS

/// What only shows when the parts of a filter chain are put together: fields that do less than they seem to.
extension FilterChainConfig {
  func warn(of view: MessageView) {
    guard case .http(let manager) = filter,
      let options = view.views("filters").last?.opened("typed_config"),
      tls != nil || !view.asksForTLS
    else { return }
    warnOfProtocols(manager.codec, view)
    warnOfPlainText(view)
    warnOfIdentity(manager.forwardedCertificate.mode, options)
  }

  /// ALPN promises what the codec does not speak.
  private func warnOfProtocols(_ codec: HTTPConnectionManagerConfig.Codec, _ view: MessageView) {
    let spoken: Set<String>
    switch codec {
    case .auto: return
    case .http1: spoken = ["http/1.1", "http/1.0"]
    case .http2: spoken = ["h2"]
    }
    let names = tls?.common.applicationProtocols ?? []
    for name in names where !spoken.contains(name) {
      let codec = codec == .http1 ? "HTTP1" : "HTTP2"
      view.view("transport_socket")?.opened("typed_config")?.view("common_tls_context")?.warn(
        "alpn_protocols",
        "names \(name), which codec_type \(codec) does not speak: "
          + "a client that chooses it gets nothing")
    }
  }

  /// Only TLS has names and protocols to match.
  private func warnOfPlainText(_ view: MessageView) {
    guard tls == nil, let criteria = view.view("filter_chain_match") else { return }
    let fields = [
      ("server_names", !match.serverNames.isEmpty),
      ("application_protocols", !match.applicationProtocols.isEmpty),
      ("transport_protocol", match.transportProtocol == "tls"),
    ]
    for (name, isSet) in fields where isSet {
      criteria.warn(
        name, "matches TLS, which HTTP cannot read here without a transport_socket of the chain")
    }
  }

  /// Clients are to be believed, and nobody looks at who they are.
  private func warnOfIdentity(_ mode: ForwardedCertificateConfig.Mode, _ manager: MessageView) {
    guard mode != .sanitize, mode != .alwaysForwardOnly,
      tls?.common.validation?.verifiesPeer != true
    else { return }
    manager.warn(
      "forward_client_cert_details",
      "nobody's certificate is verified here, for want of \(tls == nil ? "TLS" : "trusted_ca or pins"): "
        + "x-forwarded-client-cert is taken off and never written")
  }
}

extension MessageView {
  /// This filter chain has TLS, be it that it cannot be used.
  fileprivate var asksForTLS: Bool {
    view("transport_socket")?.typeName("typed_config") == TypeName.downstreamTLS
  }
}
