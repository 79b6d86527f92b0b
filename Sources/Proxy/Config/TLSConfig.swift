/// What both ends of TLS are told.
/// Source: `envoy.extensions.transport_sockets.tls.v3.CommonTlsContext`.
public struct TLSConfig: Equatable, Sendable {
  /// One for each type of key.
  public var certificates: [TLSCertificateConfig] = []
  /// How the peer's certificate is judged; nil: not at all.
  public var validation: TLSValidationConfig?
  /// `alpn_protocols`, the preferred first, 1 to 255 bytes each; empty: the extension is not used.
  public var applicationProtocols: [String] = []
  public var parameters = TLSParametersConfig()
  /// What was read from files, which may change.
  public var files: [TLSFile] = []

  public init() {}
}

/// A part of a TLS configuration, and the file it was read from.
public struct TLSFile: Equatable, Sendable {
  public enum Part: Equatable, Sendable {
    /// Of the certificate at that place.
    case chain(Int), privateKey(Int), password(Int), ocspStaple(Int)
    case trustedAuthorities, revocationLists
    /// Of `DownstreamTLSConfig.ticketKeys`, the one at that place.
    case ticketKey(Int)
  }
  public var part: Part
  public var path: String

  public init(_ part: Part, path: String) {
    self.part = part
    self.path = path
  }
}

extension TLSConfig {
  /// Where a part was read from; nil: from no file.
  public func path(of part: TLSFile.Part) -> String? {
    files.first { $0.part == part }?.path
  }

  /// Puts what a file holds in its place. Not for keys of tickets, which a server alone has.
  public mutating func set(_ part: TLSFile.Part, to bytes: [UInt8]) {
    switch part {
    case .chain(let index): certificates[index].chain = bytes
    case .privateKey(let index): certificates[index].privateKey = SecretBytes(bytes)
    case .password(let index): certificates[index].password = SecretBytes(bytes.withoutLineEnd)
    case .ocspStaple(let index): certificates[index].ocspStaple = bytes
    case .trustedAuthorities: validation?.trustedAuthorities = bytes
    case .revocationLists: validation?.revocationLists = bytes
    case .ticketKey: preconditionFailure("keys of tickets stand in DownstreamTLSConfig")
    }
  }
}

extension DownstreamTLSConfig {
  /// Puts what files hold in its place.
  /// - Parameter contents: by path; what of a path is not known stays.
  public mutating func read(_ contents: [String: [UInt8]]) {
    for file in common.files {
      if let bytes = contents[file.path] { set(file.part, to: bytes) }
    }
  }

  private mutating func set(_ part: TLSFile.Part, to bytes: [UInt8]) {
    if case .ticketKey(let index) = part {
      ticketKeys[index] = SecretBytes(bytes)
    } else {
      common.set(part, to: bytes)
    }
  }
}

extension UpstreamTLSConfig {
  /// Puts what files hold in its place.
  /// - Parameter contents: by path; what of a path is not known stays.
  public mutating func read(_ contents: [String: [UInt8]]) {
    for file in common.files {
      if let bytes = contents[file.path] { common.set(file.part, to: bytes) }
    }
  }
}

extension [UInt8] {
  /// Without the line end that editors leave behind a password.
  fileprivate var withoutLineEnd: [UInt8] {
    var bytes = self
    while let last = bytes.last, last == 0x0A || last == 0x0D { bytes.removeLast() }
    return bytes
  }
}

/// Source: `envoy.extensions.transport_sockets.tls.v3.TlsParameters`.
public struct TLSParametersConfig: Equatable, Sendable {
  public var minimumVersion = TLSVersion.tls12
  public var maximumVersion = TLSVersion.tls13
  /// OpenSSL's names, the preferred first. Those of TLS 1.3 begin with `TLS_`; where none does,
  /// `latestCipherSuites` are offered.
  public var cipherSuites = Self.intermediateCipherSuites
  /// `ecdh_curves`: OpenSSL's names of groups, the preferred first.
  public var groups = ["X25519", "P-256", "P-384"]

  /// Mozilla's recommendation for TLS 1.3. The first costs the least, as the others' hash or cipher is not
  /// in hardware everywhere.
  public static let latestCipherSuites = [
    "TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256",
  ]

  /// Mozilla's intermediate recommendation, for TLS 1.2.
  public static let intermediateCipherSuites = [
    "ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-RSA-AES128-GCM-SHA256",
    "ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-RSA-AES256-GCM-SHA384",
    "ECDHE-ECDSA-CHACHA20-POLY1305", "ECDHE-RSA-CHACHA20-POLY1305",
    "DHE-RSA-AES128-GCM-SHA256", "DHE-RSA-AES256-GCM-SHA384", "DHE-RSA-CHACHA20-POLY1305",
  ]

  public init() {}
}

/// A version of the protocol by its number on the wire.
public enum TLSVersion: UInt16, Comparable, Sendable {
  case tls10 = 0x0301
  case tls11 = 0x0302
  case tls12 = 0x0303
  case tls13 = 0x0304

  public static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
}

extension TLSVersion: CustomStringConvertible {
  /// As Envoy writes it in access logs.
  public var description: String {
    switch self {
    case .tls10: "TLSv1"
    case .tls11: "TLSv1.1"
    case .tls12: "TLSv1.2"
    case .tls13: "TLSv1.3"
    }
  }
}

/// Source: `envoy.extensions.transport_sockets.tls.v3.TlsCertificate`.
public struct TLSCertificateConfig: Equatable, Sendable {
  /// PEM: the leaf, then the certificates that lead to the root.
  public var chain: [UInt8]
  /// PEM: PKCS #8, PKCS #1 or SEC 1.
  public var privateKey: SecretBytes
  /// What an encrypted private key is opened with.
  public var password: SecretBytes?
  /// A DER OCSP response about the leaf, for clients that ask; empty: none.
  public var ocspStaple: [UInt8]

  public init(
    chain: [UInt8], privateKey: SecretBytes, password: SecretBytes? = nil, ocspStaple: [UInt8] = []
  ) {
    self.chain = chain
    self.privateKey = privateKey
    self.password = password
    self.ocspStaple = ocspStaple
  }
}

/// TLS towards clients.
/// Source: `envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext`.
public struct DownstreamTLSConfig: Equatable, Sendable {
  public var common = TLSConfig()
  /// A client that has no certificate is turned away.
  public var requiresClientCertificate = false
  /// The client's order of cipher suites counts, not ours.
  public var prefersClientCiphers = false
  /// Sessions are resumed by tickets (`disable_stateless_session_resumption` turned round).
  public var resumesSessions = true
  /// How long a session may be resumed.
  public var sessionLifetime: Duration = .seconds(7200)
  /// `session_ticket_keys`, 80 bytes each, the sealing one first; empty: keys are made here.
  public var ticketKeys: [SecretBytes] = []

  public init() {}
}

/// TLS towards endpoints.
/// Source: `envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext`.
public struct UpstreamTLSConfig: Equatable, Sendable {
  public var common = TLSConfig()
  /// The name asked for; empty: none.
  public var serverName = ""
  /// The certificate must be one for the name asked for (`auto_sni_san_validation`).
  public var verifiesServerName = false

  public init() {}
}
