import Config
import HTTPModel
import Memory
import Telemetry

extension RequestHead {
  /// Says in `x-forwarded-client-cert` who the client is, and takes out what it may not say itself: what
  /// is named there is believed further on. Source: `forward_client_cert_details`.
  func tell(ofCertificateIn security: ConnectionSecurity?, _ config: ForwardedCertificateConfig) {
    if config.mode == .alwaysForwardOnly { return }
    guard config.mode != .sanitize, let security, let peer = security.peer else {
      return removeClientCertificate()
    }
    switch config.mode {
    case .forwardOnly: return
    case .sanitizeSet: removeClientCertificate()
    default: break
    }
    // Several fields of this name are one list (RFC 9110 section 5.3).
    addField(.xForwardedClientCert, name: KnownHeader.xForwardedClientCert.name) {
      bytes.append(element(security, peer, config))
    }
  }

  private func removeClientCertificate() {
    if firstIndex(of: .xForwardedClientCert) != nil { remove(.xForwardedClientCert) }
  }

  /// What does not fit into a field is left out: the certificates first.
  private static let maxElementBytes = 32 * 1024

  /// In the order in which Envoy writes its keys.
  private func element(
    _ security: ConnectionSecurity, _ peer: PeerIdentity, _ config: ForwardedCertificateConfig
  ) -> [UInt8] {
    let hash = "Hash=" + String(decoding: peer.fingerprint, as: UTF8.self)
    var pairs = security.ownURIs.map { "By=" + $0.escaped } + [hash]
    if config.includesCertificate, !peer.pem.isEmpty {
      pairs.append("Cert=\"" + String(decoding: peer.pem, as: UTF8.self) + "\"")
    }
    if config.includesChain, !peer.chainPEM.isEmpty {
      pairs.append("Chain=\"" + String(decoding: peer.chainPEM, as: UTF8.self) + "\"")
    }
    if config.includesSubject {
      pairs.append("Subject=\"" + String(decoding: peer.subject, as: UTF8.self).quotable + "\"")
    }
    if config.includesURIs { pairs += peer.uris.map { "URI=" + $0.escaped } }
    if config.includesDNSNames { pairs += peer.dnsNames.map { "DNS=" + $0.escaped } }
    let element = Array(pairs.joined(separator: ";").utf8)
    if element.count <= Self.maxElementBytes { return element }
    guard config.includesCertificate || config.includesChain else { return Array(hash.utf8) }
    var less = config
    less.includesCertificate = false
    less.includesChain = false
    return self.element(security, peer, less)
  }
}

extension String {
  /// With what would end the value, or the field, as `%XX`: a certificate may name anything.
  fileprivate var escaped: String {
    let digits = Array("0123456789ABCDEF".utf8)
    var text: [UInt8] = []
    for byte in utf8 {
      switch byte {
      case 0...0x20, 0x7F..., UInt8(ascii: ","), UInt8(ascii: ";"), UInt8(ascii: "\""):
        text += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
      default: text.append(byte)
      }
    }
    return String(decoding: text, as: UTF8.self)
  }

  /// To stand in quotation marks. RFC 2253 escapes some of these already; a backslash before a quotation
  /// mark that has one would free it.
  fileprivate var quotable: String {
    var text: [UInt8] = []
    var isEscaped = false
    for byte in utf8 {
      if byte == UInt8(ascii: "\""), !isEscaped { text.append(UInt8(ascii: "\\")) }
      isEscaped = byte == UInt8(ascii: "\\") && !isEscaped
      if byte >= 0x20, byte < 0x7F { text.append(byte) }
    }
    return String(decoding: text, as: UTF8.self)
  }
}
