import COpenSSL
import Glibc

/// What is known at the moment a session fails, and the fault it amounts to.
struct SessionFailure {
  /// The first error on OpenSSL's list; 0: none.
  var error: UInt
  var text: String
  /// The first bytes received, the first one lowest.
  var opening: UInt64
  var openingCount: Int
  var hasEnded: Bool
  /// An `errno`; 0: none.
  var socketError: Int32
  var isEstablished: Bool

  var fault: TLSFault {
    let reason = copenssl_tls_reason(error)
    // OpenSSL's reason for an alert received is the alert's number above this.
    let firstAlert: Int32 = 1000
    if reason >= firstAlert {
      return .alert(TLSAlert(rawValue: UInt8(clamping: reason - firstAlert)))
    }
    if !isEstablished, openingCount > 0, let foreign { return foreign }
    if let fault = disagreement(reason) { return fault }
    if socketError != 0 { return .socket(socketError) }
    if hasEnded { return isEstablished ? .truncated : .cutOff }
    return .protocolViolation(text)
  }

  /// What is spoken instead of TLS, by the first bytes.
  private var foreign: TLSFault? {
    let (alert, handshake): (UInt64, UInt64) = (21, 22)
    let first = opening & 0xFF
    // The high bit is how a ClientHello in the form of SSL 2 begins.
    if first == alert || first == handshake || first & 0x80 != 0 { return nil }
    return Self.httpOpenings.contains { opening & $0.mask == $0.text } ? .plaintextHTTP : .notTLS
  }

  private static let httpOpenings: [(text: UInt64, mask: UInt64)] = [
    "GET ", "HEAD ", "POST ", "PUT ", "DELETE ", "OPTIONS ", "PATCH ", "CONNECT ", "TRACE ",
    "PRI * ", "HTTP/",
  ].map { (word: String) in
    let text = word.utf8.enumerated().reduce(0) { $0 | UInt64($1.element) << UInt64(8 * $1.offset) }
    return (text, UInt64.max >> UInt64(64 - 8 * word.utf8.count))
  }

  /// The two sides have nothing in common, or one thing is missing.
  private func disagreement(_ reason: Int32) -> TLSFault? {
    switch reason {
    case SSL_R_UNSUPPORTED_PROTOCOL, SSL_R_NO_PROTOCOLS_AVAILABLE, SSL_R_VERSION_TOO_LOW,
      SSL_R_VERSION_TOO_HIGH, SSL_R_WRONG_SSL_VERSION, SSL_R_WRONG_VERSION_NUMBER,
      SSL_R_UNKNOWN_PROTOCOL:
      .noSharedVersion
    case SSL_R_NO_SHARED_CIPHER, SSL_R_NO_CIPHERS_AVAILABLE, SSL_R_WRONG_CIPHER_RETURNED:
      .noSharedCipher
    case SSL_R_NO_SHARED_GROUPS, SSL_R_NO_SUITABLE_GROUPS, SSL_R_NO_SUITABLE_KEY_SHARE:
      .noSharedGroup
    case SSL_R_NO_SHARED_SIGNATURE_ALGORITHMS, SSL_R_NO_SUITABLE_SIGNATURE_ALGORITHM:
      .noSharedSignatureAlgorithm
    case SSL_R_NO_APPLICATION_PROTOCOL: .noSharedApplicationProtocol
    case SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE: .certificate(.missing)
    default: nil
    }
  }
}

extension TLSFault {
  /// The `errno` that stands for it where only sockets are known.
  var code: Int32 {
    switch self {
    case .socket(let code): code
    case .truncated, .cutOff: ECONNRESET
    default: EPROTO
    }
  }
}
