import Platform

/// Why a TLS connection failed, as precisely as can be told.
public enum TLSFault: Error, Equatable, Sendable {
  // The peer's certificate, which we turned down.

  case certificateExpired(subject: String, secondsAgo: Int64)
  /// It begins in the future of our clock: the difference is how far a clock must be wrong.
  case certificateNotYetValid(subject: String, secondsAhead: Int64)
  /// `found` is what the certificate names; `expected` is empty where matchers decide.
  case wrongName(expected: String, found: [String])
  case unknownAuthority(subject: String, issuer: String)
  /// A leaf that nobody but itself vouches for.
  case selfSigned(subject: String)
  case revoked(subject: String, serialNumber: String)
  /// The lists of revoked certificates say nothing about this issuer, or are out of date.
  case revocationUnknown(issuer: String, reason: String)
  /// The SHA-256 of the certificate that was shown.
  case hashMismatch(sha256: String)
  case unsuitableCertificate(subject: String, reason: String)
  case noClientCertificate

  // Nothing in common.

  case noSharedVersion
  case noSharedCipher
  case noSharedGroup
  case noSharedSignatureAlgorithm
  case noSharedApplicationProtocol

  // What the peer sent, or did.

  case plaintextHTTP
  case notTLS
  case alert(TLSAlert)
  /// The connection ended in mid-handshake.
  case cutOff
  /// The connection ended without `close_notify`: what was received may not be all.
  case truncated
  /// The socket broke: the `errno`.
  case socket(Int32)
  /// Anything else that breaks the protocol, in OpenSSL's words.
  case protocolViolation(String)
}

extension TLSFault {
  /// A machine-readable word for logs and statistics; it never changes.
  public var reason: StaticString {
    switch self {
    case .certificateExpired: "certificate_expired"
    case .certificateNotYetValid: "certificate_not_yet_valid"
    case .wrongName: "certificate_name_mismatch"
    case .unknownAuthority: "unknown_ca"
    case .selfSigned: "self_signed_certificate"
    case .revoked: "certificate_revoked"
    case .revocationUnknown: "revocation_unknown"
    case .hashMismatch: "certificate_hash_mismatch"
    case .unsuitableCertificate: "unsuitable_certificate"
    case .noClientCertificate: "no_client_certificate"
    case .noSharedVersion: "no_shared_version"
    case .noSharedCipher: "no_shared_cipher"
    case .noSharedGroup: "no_shared_group"
    case .noSharedSignatureAlgorithm: "no_shared_signature_algorithm"
    case .noSharedApplicationProtocol: "no_shared_application_protocol"
    case .plaintextHTTP: "plaintext_http"
    case .notTLS: "not_tls"
    case .alert: "alert_received"
    case .cutOff: "cut_off_in_handshake"
    case .truncated: "closed_without_close_notify"
    case .socket: "socket_error"
    case .protocolViolation: "protocol_violation"
    }
  }

  /// The peer's certificate is what is wrong.
  public var isAboutCertificate: Bool {
    switch self {
    case .certificateExpired, .certificateNotYetValid, .wrongName, .unknownAuthority, .selfSigned,
      .revoked, .revocationUnknown, .hashMismatch, .unsuitableCertificate, .noClientCertificate:
      true
    default: false
    }
  }
}

extension TLSFault: CustomStringConvertible {
  /// One sentence for people.
  public var description: String { certificateSentence ?? connectionSentence }

  private var certificateSentence: String? {
    switch self {
    case .certificateExpired(let subject, let seconds):
      "the peer's certificate (\(subject)) expired \(span(seconds)) ago"
    case .certificateNotYetValid(let subject, let seconds):
      "the peer's certificate (\(subject)) is valid only in \(span(seconds)); "
        + "is one of the clocks wrong by that much?"
    case .wrongName(let expected, let found):
      "the peer's certificate is for \(list(found)), "
        + (expected.isEmpty ? "which no configured name matches" : "not for \(expected)")
    case .unknownAuthority(let subject, let issuer):
      "the peer's certificate (\(subject)) was issued by \(issuer), "
        + "which leads to no trusted authority"
    case .selfSigned(let subject):
      "the peer's certificate (\(subject)) is signed by itself and not trusted"
    case .revoked(let subject, let serial):
      "the peer's certificate (\(subject), serial number \(serial)) is revoked"
    case .revocationUnknown(let issuer, let reason):
      "no valid revocation list of \(issuer): \(reason)"
    case .hashMismatch(let sha256):
      "the peer's certificate (SHA-256 \(sha256)) is none of those that are pinned"
    case .unsuitableCertificate(let subject, let reason):
      "the peer's certificate (\(subject)) cannot be used: \(reason)"
    case .noClientCertificate: "the client has given no certificate, and one is required"
    default: nil
    }
  }

  private var connectionSentence: String {
    switch self {
    case .noSharedVersion: "the peer speaks no version of TLS that is allowed here"
    case .noSharedCipher: "the peer and this side share no cipher suite"
    case .noSharedGroup: "the peer and this side share no group for the key exchange"
    case .noSharedSignatureAlgorithm: "the peer accepts no signature that our certificates can make"
    case .noSharedApplicationProtocol:
      "the client offers no application protocol that is served (ALPN)"
    case .plaintextHTTP: "the peer speaks HTTP in plain text where TLS is expected"
    case .notTLS: "the peer's first bytes are no TLS"
    case .alert(let alert): "the peer broke off with the alert \(alert)"
    case .cutOff: "the peer closed the connection in mid-handshake"
    case .truncated: "the connection ended without close_notify: data may be missing"
    case .socket(let code): "the connection broke: \(errnoText(code))"
    case .protocolViolation(let reason): "the peer broke the protocol: \(reason)"
    default: reason.description
    }
  }
}

/// The two largest units of a time: `3 d 4 h`.
private func span(_ seconds: Int64) -> String {
  let units: [(name: String, size: Int64)] = [("d", 86400), ("h", 3600), ("min", 60), ("s", 1)]
  guard let first = units.firstIndex(where: { seconds >= $0.size }) else { return "0 s" }
  let large = units[first]
  guard first + 1 < units.count else { return "\(seconds) s" }
  let small = units[first + 1]
  let rest = seconds % large.size / small.size
  let head = "\(seconds / large.size) \(large.name)"
  return rest == 0 ? head : "\(head) \(rest) \(small.name)"
}

private func list(_ names: [String]) -> String {
  guard !names.isEmpty else { return "no name" }
  let shown = names.prefix(5).joined(separator: ", ")
  return names.count > 5 ? "\(shown) and \(names.count - 5) more" : shown
}
