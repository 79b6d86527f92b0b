import Config
import TLS
import Telemetry

extension ConnectionSecurity {
  /// What a session has agreed on, and with whom.
  /// - Parameter forwarded: what servers further on are to be told of the peer's certificate.
  convenience init(_ session: TLSSession, _ forwarded: ForwardedCertificateConfig = .init()) {
    self.init(
      version: session.version?.description ?? "", cipherSuite: session.cipherSuite ?? "",
      serverName: session.requestedServerName ?? "",
      applicationProtocol: session.applicationProtocol ?? "",
      peer: session.peerCertificate.map { PeerIdentity($0, isVerified: session.isPeerVerified) },
      forwardedElement: session.forwardedElement(forwarded))
  }
}

extension PeerIdentity {
  fileprivate init(_ certificate: TLSCertificate, isVerified: Bool) {
    let names = certificate.names
    self.init(
      isVerified: isVerified, subject: certificate.subject, issuer: certificate.issuer,
      serialNumber: certificate.serialNumber, fingerprint: certificate.fingerprint,
      uris: names.texts(of: .uri), dnsNames: names.texts(of: .dns))
  }
}
