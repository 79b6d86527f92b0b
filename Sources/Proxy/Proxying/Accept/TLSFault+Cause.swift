import Config
import TLS
import Telemetry

extension TLSFault {
  /// Under what it is counted.
  var cause: TLSCounters.Cause {
    switch self {
    case .certificateExpired: .certificateExpired
    case .certificateNotYetValid: .certificateNotYetValid
    case .wrongName: .certificateNameMismatch
    case .unknownAuthority: .unknownCA
    case .selfSigned: .selfSignedCertificate
    case .revoked: .certificateRevoked
    case .revocationUnknown: .revocationUnknown
    case .hashMismatch: .certificateHashMismatch
    case .unsuitableCertificate: .unsuitableCertificate
    case .noClientCertificate: .noClientCertificate
    case .noSharedVersion: .noSharedVersion
    case .noSharedCipher: .noSharedCipher
    case .noSharedGroup: .noSharedGroup
    case .noSharedSignatureAlgorithm: .noSharedSignatureAlgorithm
    case .noSharedApplicationProtocol: .noSharedApplicationProtocol
    case .plaintextHTTP: .plaintextHTTP
    case .notTLS: .notTLS
    case .alert: .alertReceived
    case .cutOff: .cutOffInHandshake
    case .truncated: .closedWithoutCloseNotify
    case .socket: .socketError
    case .protocolViolation: .protocolViolation
    }
  }
}

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
      subject: certificate.subject, issuer: certificate.issuer,
      serialNumber: certificate.serialNumber, fingerprint: certificate.fingerprint,
      uris: names.filter { $0.kind == .uri }.map(\.text),
      dnsNames: names.filter { $0.kind == .dns }.map(\.text),
      pem: forwarded.includesCertificate ? certificate.urlEncodedPEM : "",
      chainPEM: forwarded.includesChain ? TLSCertificate.urlEncodedPEM(session.peerChain) : "")
  }
}
