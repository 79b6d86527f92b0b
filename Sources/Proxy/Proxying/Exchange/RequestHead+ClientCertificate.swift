import Config
import HTTPModel
import Routing
import Telemetry

extension RequestHead {
  /// Says in `x-forwarded-client-cert` who the client is, and takes out what it may not say itself: what
  /// is named there is believed further on. Source: `forward_client_cert_details`.
  /// - Returns: false when what the client said could be read in two ways, and was taken out for that.
  func tell(
    ofCertificateIn security: ConnectionSecurity?, _ mode: ForwardedCertificateConfig.Mode
  ) -> Bool {
    if mode == .alwaysForwardOnly { return true }
    // A certificate that nobody has verified can be anybody's.
    guard mode != .sanitize, let element = security?.forwardedElement, !element.isEmpty else {
      removeClientCertificate()
      return true
    }
    let isSound = mode == .sanitizeSet || hasSoundForwardedCertificate
    if mode == .sanitizeSet || !isSound { removeClientCertificate() }
    // Several fields of this name are one list (RFC 9110 section 5.3).
    if mode != .forwardOnly { add(.xForwardedClientCert, bytes: element) }
    return isSound
  }

  private func removeClientCertificate() {
    if firstIndex(of: .xForwardedClientCert) != nil { remove(.xForwardedClientCert) }
  }
}
