/// What a client's TLS connection came to, for logs, headers and routes. Immutable.
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

  public init(
    version: String, cipherSuite: String, serverName: String, applicationProtocol: String,
    peer: PeerIdentity?
  ) {
    self.version = Array(version.utf8)
    self.cipherSuite = Array(cipherSuite.utf8)
    self.serverName = Array(serverName.utf8)
    self.applicationProtocol = Array(applicationProtocol.utf8)
    self.peer = peer
  }
}

/// Who the client's certificate says it is. It was verified where the filter chain verifies.
public struct PeerIdentity: Sendable {
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
    subject: String, issuer: String, serialNumber: String, fingerprint: String, uris: [String],
    dnsNames: [String]
  ) {
    self.subject = Array(subject.utf8)
    self.issuer = Array(issuer.utf8)
    self.serialNumber = Array(serialNumber.utf8)
    self.fingerprint = Array(fingerprint.utf8)
    self.uris = uris
    self.dnsNames = dnsNames
  }
}
