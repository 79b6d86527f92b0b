/// What a client's TLS connection came to, for logs, headers and routes; of one that passes unopened,
/// only what it asks for. Immutable.
public final class ConnectionSecurity: Sendable {
  /// As Envoy writes it: `TLSv1.3`.
  public let version: [UInt8]
  /// OpenSSL's name.
  public let cipherSuite: [UInt8]
  /// The host asked for (SNI); empty: none.
  public let serverName: [UInt8]
  /// What ALPN chose; empty: nothing.
  public let applicationProtocol: [UInt8]
  /// nil: the client has shown no certificate.
  public let peer: PeerIdentity?
  /// What `x-forwarded-client-cert` says of the client: one element. Empty: it has shown no certificate that
  /// was verified.
  public let forwardedElement: [UInt8]

  public init(
    version: String, cipherSuite: String, serverName: String, applicationProtocol: String,
    peer: PeerIdentity?, forwardedElement: [UInt8]
  ) {
    self.version = Array(version.utf8)
    self.cipherSuite = Array(cipherSuite.utf8)
    self.serverName = Array(serverName.utf8)
    self.applicationProtocol = Array(applicationProtocol.utf8)
    self.peer = peer
    self.forwardedElement = forwardedElement
  }

  /// Of a connection that is not decrypted here.
  public convenience init(requestedServerName: String) {
    self.init(
      version: "", cipherSuite: "", serverName: requestedServerName, applicationProtocol: "",
      peer: nil, forwardedElement: [])
  }
}

/// Who the client's certificate says it is.
public struct PeerIdentity: Sendable {
  /// The certificate leads to a trusted authority, or is pinned; else anybody can have made it.
  public var isVerified: Bool
  /// RFC 2253.
  public var subject: [UInt8]
  /// RFC 2253.
  public var issuer: [UInt8]
  /// In lower-case hexadecimal.
  public var serialNumber: [UInt8]
  /// SHA-256 of the DER form, in lower-case hexadecimal.
  public var fingerprint: [UInt8]
  public var uris: [String]
  public var dnsNames: [String]

  public init(
    isVerified: Bool, subject: String, issuer: String, serialNumber: String, fingerprint: String,
    uris: [String], dnsNames: [String]
  ) {
    self.isVerified = isVerified
    self.subject = Array(subject.utf8)
    self.issuer = Array(issuer.utf8)
    self.serialNumber = Array(serialNumber.utf8)
    self.fingerprint = Array(fingerprint.utf8)
    self.uris = uris
    self.dnsNames = dnsNames
  }
}
