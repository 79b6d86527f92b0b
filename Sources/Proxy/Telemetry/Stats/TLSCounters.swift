/// What became of TLS connections. Their causes' names never change.
public struct TLSCounters: ~Copyable, Sendable {
  /// Why a connection failed, by the words that logs use.
  public enum Cause: Int, CaseIterable, Sendable {
    case certificateExpired, certificateNotYetValid, certificateNameMismatch, unknownCA
    case selfSignedCertificate, certificateRevoked, revocationUnknown, certificateHashMismatch
    case unsuitableCertificate, noClientCertificate
    case noSharedVersion, noSharedCipher, noSharedGroup, noSharedSignatureAlgorithm
    case noSharedApplicationProtocol
    case plaintextHTTP, notTLS, alertReceived, cutOffInHandshake, closedWithoutCloseNotify
    case socketError, protocolViolation, handshakeTimeout

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
      case .plaintextHTTP: "plaintext_http"
      case .notTLS: "not_tls"
      case .alertReceived: "alert_received"
      case .cutOffInHandshake: "cut_off_in_handshake"
      case .closedWithoutCloseNotify: "closed_without_close_notify"
      case .socketError: "socket_error"
      case .protocolViolation: "protocol_violation"
      case .handshakeTimeout: "handshake_timeout"
      }
    }
  }

  public let handshakes = Counter()
  public let resumptions = Counter()
  private let failures: InlineArray<23, Counter> = InlineArray { _ in Counter() }

  init() {}

  /// A handshake failed, or a connection behind it.
  public func failed(_ cause: Cause) { failures[cause.rawValue].add() }

  func failures(_ cause: Cause) -> UInt64 { failures[cause.rawValue].value }
}

extension CounterMetric {
  /// `ssl_handshake`, `ssl_session_reused`, and a counter for each cause of failure: `ssl_fail.CAUSE`,
  /// one family with a label. Most clusters and listeners speak no TLS, so that each is shown from its first
  /// count on.
  static func tls(
    handshakes: @escaping @Sendable (Block) -> UInt64,
    resumptions: @escaping @Sendable (Block) -> UInt64,
    failures: @escaping @Sendable (Block, TLSCounters.Cause) -> UInt64
  ) -> [Self] {
    var metrics: [Self] = [
      .counter("ssl_handshake", "TLS handshakes done", handshakes),
      .counter("ssl_session_reused", "TLS handshakes that took up a session", resumptions),
    ]
    metrics += TLSCounters.Cause.allCases.map { cause in
      Self(
        name: "ssl_fail.\(cause.name)", family: "ssl_fail", label: ("cause", "\(cause.name)"),
        kind: .counter, unit: .none, help: "TLS connections that failed"
      ) { failures($0, cause) }
    }
    for index in metrics.indices { metrics[index].showsZero = false }
    return metrics
  }
}
