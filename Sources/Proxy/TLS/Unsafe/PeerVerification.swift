import COpenSSL
import Config
import Patterns
import Platform

/// One judgement of a peer's certificate, within OpenSSL's verification of its chain.
@safe
struct PeerVerification {
  let validation: TLSValidationConfig
  /// A name the certificate must also be for; empty: any.
  let serverName: String
  // SAFETY: OpenSSL's record of this verification; it lives as long as the callback that made this.
  let store: OpaquePointer

  /// What is wrong with the certificate; nil: nothing. OpenSSL then knows which alert to send.
  func judge() -> CertificateFault? {
    if validation.trustedAuthorities != nil, let fault = chainFault() {
      // What was found stays in OpenSSL's record, for `isPeerVerified`.
      guard validation.acceptsUntrusted, fault.isAboutTrust else { return fault }
    }
    // SAFETY: the record holds the leaf, which is shared.
    guard let native = unsafe X509_STORE_CTX_get0_cert(store) else { return .missing }
    let leaf = unsafe TLSCertificate(sharing: native)
    if let fault = pinFault(leaf) {
      unsafe X509_STORE_CTX_set_error(store, X509_V_ERR_CERT_REJECTED)
      return fault
    }
    if let fault = nameFault(leaf) {
      unsafe X509_STORE_CTX_set_error(store, X509_V_ERR_HOSTNAME_MISMATCH)
      return fault
    }
    return nil
  }

  private func pinFault(_ leaf: TLSCertificate) -> CertificateFault? {
    let (certificates, keys) = (validation.certificateHashes, validation.publicKeyHashes)
    if certificates.isEmpty && keys.isEmpty { return nil }
    if certificates.contains(leaf.sha256) || keys.contains(leaf.publicKeySHA256) { return nil }
    return .hashMismatch(sha256: leaf.fingerprint)
  }

  private func nameFault(_ leaf: TLSCertificate) -> CertificateFault? {
    guard !validation.names.isEmpty || !serverName.isEmpty else { return nil }
    let names = leaf.names
    if !serverName.isEmpty, !names.contains(where: { isFor(serverName, $0) }) {
      return .wrongName(expected: serverName, found: names.map(\.text))
    }
    guard !validation.names.isEmpty else { return nil }
    let workspace = PatternWorkspace()
    let matches = validation.names.contains { matcher in
      names.contains { $0.matches(matcher, workspace) }
    }
    return matches ? nil : .wrongName(expected: "", found: names.map(\.text))
  }

  private func isFor(_ server: String, _ name: SubjectName) -> Bool {
    guard let address = SocketAddress(server, port: 0) else { return name.isFor(host: server) }
    return name.kind == .ipAddress && SocketAddress(name.text, port: 0) == address
  }

  /// What OpenSSL's verification of the chain finds.
  private func chainFault() -> CertificateFault? {
    // SAFETY: the record lives; the certificate it stumbled over lives with it.
    guard unsafe X509_verify_cert(store) != 1 else { return nil }
    let code = unsafe X509_STORE_CTX_get_error(store)
    guard let native = unsafe X509_STORE_CTX_get_current_cert(store) else {
      return .unsuitable(subject: "", reason: Self.text(code))
    }
    return fault(code, about: unsafe TLSCertificate(sharing: native))
  }

  private func fault(_ code: Int32, about certificate: TLSCertificate) -> CertificateFault {
    let now = Int64(WallInstant.now().nanoseconds / 1_000_000_000)
    let subject = certificate.subject
    switch code {
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return .expired(subject: subject, secondsAgo: now - certificate.notAfter)
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return .notYetValid(
        subject: subject, secondsAhead: certificate.notBefore - now)
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT: return .selfSigned(subject: subject)
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY,
      X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE, X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
      return .unknownAuthority(subject: subject, issuer: certificate.issuer)
    case X509_V_ERR_CERT_REVOKED:
      return .revoked(subject: subject, serialNumber: certificate.serialNumber)
    case X509_V_ERR_UNABLE_TO_GET_CRL, X509_V_ERR_CRL_HAS_EXPIRED, X509_V_ERR_CRL_NOT_YET_VALID,
      X509_V_ERR_CRL_SIGNATURE_FAILURE:
      return .revocationUnknown(issuer: certificate.issuer, reason: Self.text(code))
    default:
      return .unsuitable(subject: subject, reason: Self.text(code))
    }
  }

  private static func text(_ code: Int32) -> String {
    // SAFETY: the answer is a static C string.
    unsafe String(cString: X509_verify_cert_error_string(Int(code)))
  }
}

extension CertificateFault {
  /// The chain leads nowhere, or to the wrong place.
  fileprivate var isAboutTrust: Bool {
    switch self {
    case .unknownAuthority, .selfSigned: true
    default: false
    }
  }
}
