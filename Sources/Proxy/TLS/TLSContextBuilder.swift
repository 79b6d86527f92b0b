import Config
import Platform

/// Makes OpenSSL's context from a configuration, and names what is wrong with one that cannot be used.
struct TLSContextBuilder {
  let native: SSLContext
  let isServer: Bool
  private(set) var certificates: [TLSCertificate] = []
  private(set) var authorities: [TLSCertificate] = []
  private(set) var revocationLists: [RevocationList] = []
  private(set) var staples: [OCSPStaple] = []
  private(set) var protocols: [[UInt8]] = []
  private(set) var warnings: [TLSContextFault] = []

  init(_ config: TLSConfig, isServer: Bool) throws(TLSContextFault) {
    native = SSLContext(isServer: isServer)
    self.isServer = isServer
    try apply(config.parameters)
    for (index, certificate) in config.certificates.enumerated() {
      try add(certificate, at: "tls_certificates[\(index)]")
    }
    try checkSuites(config.parameters)
    try setProtocols(config.applicationProtocols)
  }

  // MARK: parameters

  private func apply(_ parameters: TLSParametersConfig) throws(TLSContextFault) {
    let (minimum, maximum) = (parameters.minimumVersion, parameters.maximumVersion)
    guard minimum <= maximum else {
      throw TLSContextFault(
        "tls_params.tls_minimum_protocol_version", "is \(minimum), above the maximum of \(maximum)")
    }
    // In brackets stand suites of equal rank, which OpenSSL ranks as written.
    let names = parameters.cipherSuites.flatMap { name in
      name.split { "[]|:".contains($0) }.map(String.init)
    }
    let named = names.filter { $0.utf8.starts(with: "TLS_".utf8) }
    let latest = named.isEmpty ? TLSParametersConfig.latestCipherSuites : named
    let earlier = names.filter { !$0.utf8.starts(with: "TLS_".utf8) }
    let path = "tls_params.cipher_suites"
    for name in earlier where !native.setCipherSuites(name) {
      throw TLSContextFault(path, "OpenSSL has no cipher suite '\(name)' that is secure enough")
    }
    for name in latest where !native.setTLS13CipherSuites(name) {
      throw TLSContextFault(path, "OpenSSL has no cipher suite '\(name)' of TLS 1.3")
    }
    guard !earlier.isEmpty || maximum == .tls13 else {
      throw TLSContextFault(path, "has no suite for \(maximum)")
    }
    // With suites of TLS 1.3 alone no earlier version can be spoken.
    native.setVersions(earlier.isEmpty ? .tls13 : minimum, maximum)
    if !earlier.isEmpty { _ = native.setCipherSuites(earlier.joined(separator: ":")) }
    _ = native.setTLS13CipherSuites(latest.joined(separator: ":"))
    for name in parameters.groups where !native.setGroups(name) {
      throw TLSContextFault("tls_params.ecdh_curves", "OpenSSL has no group '\(name)'")
    }
    if !parameters.groups.isEmpty { _ = native.setGroups(parameters.groups.joined(separator: ":")) }
  }

  /// Which of the versions asked for cannot be spoken for want of a suite.
  private mutating func checkSuites(_ parameters: TLSParametersConfig) throws(TLSContextFault) {
    let suites = native.earlierCipherSuites
    guard !suites.isEmpty, parameters.minimumVersion < .tls13 else { return }
    let usable = certificates.isEmpty ? suites : suites.filter { native.canServe($0) }
    let path = "tls_params.cipher_suites"
    guard !usable.isEmpty else {
      let fault = TLSContextFault(
        path, "has no suite that goes with the key of a certificate: TLSv1.2 is not spoken")
      guard parameters.maximumVersion == .tls13 else { throw fault }
      return warnings.append(fault)
    }
    guard parameters.minimumVersion < .tls12, !usable.contains(where: \.isBeforeTLS12) else {
      return
    }
    guard parameters.maximumVersion >= .tls12 else {
      throw TLSContextFault(path, "has no suite for \(parameters.maximumVersion)")
    }
    warnings.append(
      .init(
        "tls_params.tls_minimum_protocol_version",
        "is \(parameters.minimumVersion), and no suite is for versions before TLSv1.2: "
          + "they are not spoken"))
  }

  private mutating func setProtocols(_ names: [String]) throws(TLSContextFault) {
    protocols = names.map { Array($0.utf8) }
    for (index, name) in protocols.enumerated() where name.isEmpty || name.count > 255 {
      throw TLSContextFault(
        "alpn_protocols[\(index)]", "has \(name.count) bytes; 1 to 255 are accepted")
    }
  }

  // MARK: certificates

  private mutating func add(
    _ config: TLSCertificateConfig, at path: String
  ) throws(TLSContextFault) {
    let chain = try native.add(config, at: path)
    let leaf = chain[0]
    certificates.append(leaf)
    let now = WallInstant.now().seconds
    for (index, one) in chain.enumerated() {
      let place = "\(path).certificate_chain"
      if one.notAfter < now {
        warnings.append(.init(place, "\(one.subject) expired on \(OpenSSL.dateText(one.notAfter))"))
      }
      if one.notBefore > now {
        warnings.append(
          .init(place, "\(one.subject) is valid only from \(OpenSSL.dateText(one.notBefore)) on"))
      }
      if index > 0, chain[index - 1].issuer != one.subject {
        warnings.append(
          .init(place, "\(one.subject) is not the issuer of \(chain[index - 1].subject) before it"))
      }
    }
    addStaple(config.ocspStaple, of: leaf, at: "\(path).ocsp_staple")
  }

  /// A staple that cannot be sent keeps nothing from being served: certificates are renewed before the
  /// statement about them is there.
  private mutating func addStaple(_ der: [UInt8], of leaf: TLSCertificate, at path: String) {
    if der.isEmpty { return }
    func warn(_ text: String) { warnings.append(.init(path, "\(text) and is not sent")) }
    guard let staple = OCSPStaple(der: der) else {
      return warn("is no OCSP response in DER that tells of a certificate")
    }
    guard staple.serialNumber == leaf.serialNumber else {
      let (found, wanted) = (staple.serialNumber, leaf.serialNumber)
      return warn("is about the certificate with serial number \(found), not \(wanted),")
    }
    staples.append(staple)
    if let nextUpdate = staple.nextUpdate, nextUpdate < WallInstant.now().seconds {
      warn("is out of date since \(OpenSSL.dateText(nextUpdate))")
    }
  }

  // MARK: trust

  mutating func judgeClients(_ config: DownstreamTLSConfig) throws(TLSContextFault) {
    let validation = config.common.validation
    guard validation != nil || config.requiresClientCertificate else { return }
    try setTrust(validation ?? TLSValidationConfig())
    if !(validation?.verifiesPeer ?? false) {
      warnings.append(
        .init("validation_context", "trusts nobody in particular: any client certificate is taken"))
    }
    native.verifyPeers(
      requiresCertificate: config.requiresClientCertificate, maxDepth: validation?.maxDepth ?? 100)
  }

  mutating func judgeServers(_ config: UpstreamTLSConfig) throws(TLSContextFault) {
    guard let validation = config.common.validation, validation.verifiesPeer else {
      guard !config.verifiesServerName else {
        throw TLSContextFault(
          "validation_context.trusted_ca", "is needed where the name of the server is verified")
      }
      // What asks for more than can be verified is no mere omission.
      if let validation = config.common.validation { try setTrust(validation) }
      warnings.append(
        .init(
          "validation_context.trusted_ca", "is not set: the server's certificate is not verified"))
      return
    }
    try setTrust(validation)
    native.verifyPeers(requiresCertificate: false, maxDepth: validation.maxDepth)
  }

  private mutating func setTrust(_ validation: TLSValidationConfig) throws(TLSContextFault) {
    let path = "validation_context"
    guard let authorities = PEM.certificates(in: validation.trustedAuthorities ?? []) else {
      throw TLSContextFault("\(path).trusted_ca", "a certificate in it cannot be decoded")
    }
    guard validation.trustedAuthorities == nil || !authorities.isEmpty else {
      throw TLSContextFault(
        "\(path).trusted_ca",
        "holds no PEM certificate; '-----BEGIN CERTIFICATE-----' is where one begins")
    }
    guard validation.names.isEmpty || !authorities.isEmpty else {
      throw TLSContextFault(
        "\(path).match_typed_subject_alt_names",
        "needs trusted_ca: without it anybody can make a certificate with these names")
    }
    if !validation.names.isEmpty, validation.acceptsUntrusted {
      warnings.append(
        .init(
          "\(path).match_typed_subject_alt_names",
          "keeps nobody out with ACCEPT_UNTRUSTED: anybody can make a certificate with these names")
      )
    }
    self.authorities = authorities
    native.trust(authorities, namesThem: isServer)
    warnExpired(authorities, at: "\(path).trusted_ca")
    try setRevocation(validation, at: "\(path).crl")
    for hash in validation.certificateHashes + validation.publicKeyHashes where hash.count != 32 {
      throw TLSContextFault(path, "a pinned hash has \(hash.count) bytes; SHA-256 has 32")
    }
    if validation.acceptsExpired { native.ignoreDates() }
  }

  private mutating func setRevocation(
    _ validation: TLSValidationConfig, at path: String
  ) throws(TLSContextFault) {
    guard let text = validation.revocationLists else { return }
    guard validation.trustedAuthorities != nil else {
      throw TLSContextFault(path, "needs trusted_ca")
    }
    guard let lists = PEM.revocationLists(in: text) else {
      throw TLSContextFault(path, "a list in it cannot be decoded")
    }
    guard !lists.isEmpty else {
      throw TLSContextFault(
        path, "holds no PEM list; '-----BEGIN X509 CRL-----' is where one begins")
    }
    native.setRevocationLists(lists, leafOnly: validation.revocationOfLeafOnly)
    revocationLists = lists
  }

  private mutating func warnExpired(_ authorities: [TLSCertificate], at path: String) {
    let now = WallInstant.now().seconds
    for one in authorities where one.notAfter < now {
      warnings.append(.init(path, "\(one.subject) expired on \(OpenSSL.dateText(one.notAfter))"))
    }
  }
}

extension TLSValidationConfig {
  /// Something of the peer's certificate is verified.
  public var verifiesPeer: Bool {
    trustedAuthorities != nil || !certificateHashes.isEmpty || !publicKeyHashes.isEmpty
  }
}
