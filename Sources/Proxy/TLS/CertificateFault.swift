/// What is wrong with the certificate of a peer, which was turned down for it.
public enum CertificateFault: Equatable, Sendable {
  case expired(subject: String, secondsAgo: Int64)
  /// It begins in the future of our clock: the difference is how far a clock must be wrong.
  case notYetValid(subject: String, secondsAhead: Int64)
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
  case unsuitable(subject: String, reason: String)
  /// None was shown.
  case missing

  /// Under what it is counted.
  var cause: TLSFault.Cause {
    switch self {
    case .expired: .certificateExpired
    case .notYetValid: .certificateNotYetValid
    case .wrongName: .certificateNameMismatch
    case .unknownAuthority: .unknownCA
    case .selfSigned: .selfSignedCertificate
    case .revoked: .certificateRevoked
    case .revocationUnknown: .revocationUnknown
    case .hashMismatch: .certificateHashMismatch
    case .unsuitable: .unsuitableCertificate
    case .missing: .noClientCertificate
    }
  }
}

extension CertificateFault: CustomStringConvertible {
  /// One sentence for people.
  public var description: String {
    switch self {
    case .expired(let subject, let seconds):
      "the peer's certificate (\(subject)) expired \(span(seconds)) ago"
    case .notYetValid(let subject, let seconds):
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
    case .unsuitable(let subject, let reason):
      "the peer's certificate (\(subject)) cannot be used: \(reason)"
    case .missing: "the client has given no certificate, and one is required"
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
