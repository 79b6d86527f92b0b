extension TLSFault {
  /// What a failure is counted and logged under.
  public enum Cause: Int, CaseIterable, Sendable {
    case certificateExpired, certificateNotYetValid, certificateNameMismatch, unknownCA
    case selfSignedCertificate, certificateRevoked, revocationUnknown, certificateHashMismatch
    case unsuitableCertificate, noClientCertificate
    case noSharedVersion, noSharedCipher, noSharedGroup, noSharedSignatureAlgorithm
    case noSharedApplicationProtocol, alpnMismatch
    case plaintextHTTP, notTLS, alertReceived, cutOffInHandshake, closedWithoutCloseNotify
    case socketError, protocolViolation, handshakeTimeout, renegotiation, postHandshakeFlood

    /// A machine-readable word; it never changes.
    public var name: StaticString {
      switch self {
      case .certificateExpired: "certificate_expired"
      case .certificateNotYetValid: "certificate_not_yet_valid"
      case .certificateNameMismatch: "certificate_name_mismatch"
      case .unknownCA: "unknown_ca"
      case .selfSignedCertificate: "self_signed_certificate"
      case .certificateRevoked: "certificate_revoked"
      case .revocationUnknown: "revocation_unknown"
      case .certificateHashMismatch: "certificate_hash_mismatch"
      case .unsuitableCertificate: "unsuitable_certificate"
      case .noClientCertificate: "no_client_certificate"
      case .noSharedVersion: "no_shared_version"
      case .noSharedCipher: "no_shared_cipher"
      case .noSharedGroup: "no_shared_group"
      case .noSharedSignatureAlgorithm: "no_shared_signature_algorithm"
      case .noSharedApplicationProtocol: "no_shared_application_protocol"
      case .alpnMismatch: "alpn_mismatch"
      case .plaintextHTTP: "plaintext_http"
      case .notTLS: "not_tls"
      case .alertReceived: "alert_received"
      case .cutOffInHandshake: "cut_off_in_handshake"
      case .closedWithoutCloseNotify: "closed_without_close_notify"
      case .socketError: "socket_error"
      case .protocolViolation: "protocol_violation"
      case .handshakeTimeout: "handshake_timeout"
      case .renegotiation: "renegotiation"
      case .postHandshakeFlood: "post_handshake_flood"
      }
    }
  }
}
