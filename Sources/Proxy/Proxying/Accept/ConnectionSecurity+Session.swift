import Config
import TLS
import Telemetry

extension ConnectionSecurity {
  /// What a session has agreed on, and with whom.
  /// - Parameter forwarded: what of the peer's certificate is wanted whole.
  convenience init(_ session: TLSSession, _ forwarded: ForwardedCertificateConfig = .init()) {
    self.init(
      version: session.version?.description ?? "", cipherSuite: session.cipherSuite ?? "",
      serverName: session.requestedServerName ?? "",
      applicationProtocol: session.applicationProtocol ?? "",
      peer: session.peerCertificate.map { PeerIdentity($0, in: session, forwarded) },
      ownURIs: session.context.certificates.first?.names.filter { $0.kind == .uri }.map(\.text)
        ?? [])
  }
}

extension PeerIdentity {
  fileprivate init(
    _ certificate: TLSCertificate, in session: TLSSession, _ forwarded: ForwardedCertificateConfig
  ) {
    let names = certificate.names
    self.init(
      isVerified: session.isPeerVerified, subject: certificate.subject, issuer: certificate.issuer,
      serialNumber: certificate.serialNumber, fingerprint: certificate.fingerprint,
      uris: names.filter { $0.kind == .uri }.map(\.text),
      dnsNames: names.filter { $0.kind == .dns }.map(\.text),
      pem: forwarded.includesCertificate ? certificate.urlEncodedPEM : "",
      chainPEM: forwarded.includesChain ? TLSCertificate.urlEncodedPEM(session.peerChain) : "")
  }
}
