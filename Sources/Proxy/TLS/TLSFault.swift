import Platform

/// Why a TLS connection failed, as precisely as can be told.
public enum TLSFault: Error, Equatable, Sendable {
  /// The peer's certificate was turned down.
  case certificate(CertificateFault)

  // Nothing in common.

  case noSharedVersion
  case noSharedCipher
  case noSharedGroup
  case noSharedSignatureAlgorithm
  case noSharedApplicationProtocol
  /// The peer chose a protocol, or a cipher suite for it, that is not spoken here.
  case unspokenProtocol(String)

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
  /// The handshake took longer than it may.
  case timedOut
  /// The peer wanted to shake hands anew (RFC 5246 section 7.4.1.1).
  case renegotiation
  /// More changes of keys, or tickets, than anybody needs (RFC 8446 section 4.6).
  case postHandshakeFlood
  /// Anything else that breaks the protocol, in OpenSSL's words.
  case protocolViolation(String)
}

extension TLSFault {
  /// HTTP/2 over what was agreed would be against RFC 9113 section 9.2.2.
  public static func unspokenHTTP2(over session: TLSSession) -> TLSFault {
    .unspokenProtocol("h2 over \(session.cipherSuite ?? "no cipher suite")")
  }

  /// Under what it is counted.
  public var cause: Cause {
    switch self {
    case .certificate(let fault): fault.cause
    case .noSharedVersion: .noSharedVersion
    case .noSharedCipher: .noSharedCipher
    case .noSharedGroup: .noSharedGroup
    case .noSharedSignatureAlgorithm: .noSharedSignatureAlgorithm
    case .noSharedApplicationProtocol: .noSharedApplicationProtocol
    case .unspokenProtocol: .alpnMismatch
    case .plaintextHTTP: .plaintextHTTP
    case .notTLS: .notTLS
    case .alert: .alertReceived
    case .cutOff: .cutOffInHandshake
    case .truncated: .closedWithoutCloseNotify
    case .socket: .socketError
    case .timedOut: .handshakeTimeout
    case .renegotiation: .renegotiation
    case .postHandshakeFlood: .postHandshakeFlood
    case .protocolViolation: .protocolViolation
    }
  }
}

extension TLSFault: CustomStringConvertible {
  /// One sentence for people.
  public var description: String {
    switch self {
    case .certificate(let fault): fault.description
    case .noSharedVersion: "the peer speaks no version of TLS that is allowed here"
    case .noSharedCipher: "the peer and this side share no cipher suite"
    case .noSharedGroup: "the peer and this side share no group for the key exchange"
    case .noSharedSignatureAlgorithm: "the peer accepts no signature that our certificates can make"
    case .noSharedApplicationProtocol:
      "the client offers no application protocol that is served (ALPN)"
    case .unspokenProtocol(let chosen): "the peer's choice is not spoken here: \(chosen)"
    case .plaintextHTTP: "the peer speaks HTTP in plain text where TLS is expected"
    case .notTLS: "the peer's first bytes are no TLS"
    case .alert(let alert): "the peer broke off with the alert \(alert)"
    case .cutOff: "the peer closed the connection in mid-handshake"
    case .truncated: "the connection ended without close_notify: data may be missing"
    case .socket(let code): "the connection broke: \(errnoText(code))"
    case .timedOut: "the handshake took too long"
    case .renegotiation: "the peer wanted to shake hands anew, which is refused"
    case .postHandshakeFlood: "the peer sends messages of the handshake without end behind it"
    case .protocolViolation(let reason): "the peer broke the protocol: \(reason)"
    }
  }
}
