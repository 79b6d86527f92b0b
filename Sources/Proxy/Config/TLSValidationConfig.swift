/// How a peer's certificate is judged.
/// Source: `envoy.extensions.transport_sockets.tls.v3.CertificateValidationContext`.
public struct TLSValidationConfig: Equatable, Sendable {
  /// PEM: what certificates must lead to, roots or not; nil: the chain is not verified.
  public var trustedAuthorities: [UInt8]?
  /// PEM: certificates that were revoked; nil: not looked at.
  public var revocationLists: [UInt8]?
  /// Only the leaf is looked for in the lists (`only_verify_leaf_cert_crl`).
  public var revocationOfLeafOnly = false
  /// One of them must match a name of the certificate; empty: any name will do.
  public var names: [SubjectNameMatcherConfig] = []
  /// SHA-256 of DER certificates (`verify_certificate_hash`); the leaf must be one of these, or of
  /// `publicKeyHashes`, where either is set.
  public var certificateHashes: [[UInt8]] = []
  /// SHA-256 of DER SubjectPublicKeyInfos (`verify_certificate_spki`).
  public var publicKeyHashes: [[UInt8]] = []
  /// Dates are not looked at (`allow_expired_certificate`).
  public var acceptsExpired = false
  /// A chain that leads nowhere is taken, and known to be unverified (`ACCEPT_UNTRUSTED`).
  public var acceptsUntrusted = false
  /// Certificates allowed between the leaf and the root.
  public var maxDepth = 100

  public init() {}

  /// Either kind of hash is asked for.
  private var pins: Bool { !certificateHashes.isEmpty || !publicKeyHashes.isEmpty }

  /// Whoever met the names and hashes of `former` meets these as well. Cost: linear in both.
  public func asksForNoMoreNamesAndHashes(than former: Self) -> Bool {
    names.isEmpty == former.names.isEmpty && pins == former.pins
      && Set(names).isSuperset(of: former.names)
      && Set(certificateHashes).isSuperset(of: former.certificateHashes)
      && Set(publicKeyHashes).isSuperset(of: former.publicKeyHashes)
  }
}

/// Source: `envoy.extensions.transport_sockets.tls.v3.SubjectAltNameMatcher`.
public struct SubjectNameMatcherConfig: Hashable, Sendable {
  public enum Kind: Hashable, Sendable { case dns, uri, email, ipAddress }
  public var kind: Kind
  /// An exact DNS name is also matched by a wildcard of the certificate (RFC 6125 section 6.4.3).
  public var matcher: StringMatcherConfig

  public init(_ kind: Kind, _ matcher: StringMatcherConfig) {
    self.kind = kind
    self.matcher = matcher
  }
}
