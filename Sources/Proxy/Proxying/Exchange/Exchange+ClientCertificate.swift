import Config
import Routing

extension Exchange {
  /// Says in `x-forwarded-client-cert` who the client is, and takes out what it may not say itself: what
  /// is named there is believed further on. Source: `forward_client_cert_details`.
  func tellClientCertificate(_ mode: ForwardedCertificateConfig.Mode) {
    if mode == .alwaysForwardOnly { return }
    // A certificate that nobody has verified can be anybody's.
    let isVerified = downstream?.security?.peer?.isVerified == true
    let ours = isVerified && mode.addsElement ? downstream?.security?.forwardedElement ?? [] : []
    if !(isVerified && mode.keepsElements) {
      requestHead.remove(.xForwardedClientCert)
    } else if !requestHead.hasSoundForwardedCertificate(besides: ours.count) {
      requestHead.remove(.xForwardedClientCert)
      manager?.stats.clientCertificateFieldsDropped.add()
    }
    requestHead.joinForwardedCertificates(adding: ours)
  }
}

extension ForwardedCertificateConfig.Mode {
  /// What a client with a verified certificate says passes.
  fileprivate var keepsElements: Bool { self == .forwardOnly || self == .appendForward }

  /// The request tells of that certificate.
  fileprivate var addsElement: Bool { self == .appendForward || self == .sanitizeSet }
}
