import Config
import Testing

@testable import TLS

struct ContextFaultTests {
  private func expect(
    _ path: String, _ text: String, _ change: (inout DownstreamTLSConfig) -> Void,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    #expect(
      Certificates.fault(.with("server", change)) == TLSContextFault(path, text),
      sourceLocation: sourceLocation)
  }

  @Test func namesWhatIsWrongWithACertificate() {
    let chain = "tls_certificates[0].certificate_chain"
    let key = "tls_certificates[0].private_key"
    expect("tls_certificates", "is empty; a server needs a certificate") {
      $0.common.certificates = []
    }
    expect(
      chain, "holds no PEM certificate; '-----BEGIN CERTIFICATE-----' is where one begins"
    ) { $0.common.certificates[0].chain = Certificates.bytes("server.key") }
    expect(
      chain, "holds no PEM certificate; '-----BEGIN CERTIFICATE-----' is where one begins"
    ) { $0.common.certificates[0].chain = [] }
    expect(chain, "a certificate in it cannot be decoded") {
      $0.common.certificates[0].chain = Array(
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n".utf8)
    }
    expect(key, "does not belong to the certificate of CN=server,O=Example") {
      $0.common.certificates[0].privateKey = Certificates.secret("client.key")
    }
    expect(key, "holds no PEM private key; PKCS #8, PKCS #1 and SEC 1 are accepted") {
      $0.common.certificates[0].privateKey = Certificates.secret("server.pem")
    }
    expect(key, "is encrypted and no password is given") {
      $0.common.certificates[0].privateKey = Certificates.secret("encrypted.key")
    }
    expect(key, "is encrypted and the password does not open it") {
      $0.common.certificates[0].privateKey = Certificates.secret("encrypted.key")
      $0.common.certificates[0].password = SecretBytes(Array("wrong".utf8))
    }
    expect(
      "tls_certificates[1]",
      "a second certificate with the same type of key; one of each type can be used"
    ) { $0.common.certificates.append(Certificates.pair("client")) }
    expect(chain, "cannot be used: ee key too small") {
      $0.common.certificates = [Certificates.pair("weak")]
    }
  }

  @Test func takesEveryFormOfAKey() throws {
    var certificate = Certificates.pair("server")
    certificate.privateKey = Certificates.secret("sec1.key")
    #expect(Certificates.fault(.with { $0.common.certificates = [certificate] }) == nil)
    certificate.privateKey = Certificates.secret("encrypted.key")
    certificate.password = SecretBytes(Array("sesame".utf8))
    #expect(Certificates.fault(.with { $0.common.certificates = [certificate] }) == nil)
    certificate = Certificates.pair("server_rsa")
    certificate.privateKey = Certificates.secret("pkcs1.key")
    #expect(Certificates.fault(.with { $0.common.certificates = [certificate] }) == nil)
  }

  @Test func warnsOfWhatStopsNothing() throws {
    let expired = try TLSContext(downstream: .with("expired"))
    let warning = try #require(expired.warnings.first)
    #expect(warning.path == "tls_certificates[0].certificate_chain")
    #expect(warning.text.hasPrefix("CN=expired,O=Example expired on "))
    #expect(warning.text.hasSuffix(" GMT"))
    let early = try TLSContext(downstream: .with("early")).warnings
    #expect(early.first?.text.hasPrefix("CN=early,O=Example is valid only from ") == true)
    let unordered = try TLSContext(
      downstream: .with {
        $0.common.certificates[0].chain += Certificates.bytes("elsewhere.pem")
      })
    #expect(
      unordered.warnings.map(\.text)
        == ["CN=elsewhere is not the issuer of CN=server,O=Example before it"])
    var unverified = UpstreamTLSConfig.trusting()
    unverified.common.validation = nil
    #expect(
      try TLSContext(upstream: unverified).warnings.map(\.description) == [
        "validation_context.trusted_ca: is not set: the server's certificate is not verified"
      ])
  }

  @Test func namesWhatIsWrongWithTheRest() {
    let suites = "tls_params.cipher_suites"
    expect(suites, "OpenSSL has no cipher suite 'NONE-SUCH' that is secure enough") {
      $0.common.parameters.cipherSuites.append("NONE-SUCH")
    }
    expect(suites, "OpenSSL has no cipher suite 'TLS_NONE_SUCH' of TLS 1.3") {
      $0.common.parameters.cipherSuites.append("TLS_NONE_SUCH")
    }
    expect(suites, "has no suite for TLSv1.2") {
      $0.common.parameters.cipherSuites = ["TLS_AES_128_GCM_SHA256"]
      $0.common.parameters.maximumVersion = .tls12
    }
    expect("tls_params.ecdh_curves", "OpenSSL has no group 'P-1'") {
      $0.common.parameters.groups.append("P-1")
    }
    expect(
      "tls_params.tls_minimum_protocol_version", "is TLSv1.3, above the maximum of TLSv1.2"
    ) {
      $0.common.parameters.minimumVersion = .tls13
      $0.common.parameters.maximumVersion = .tls12
    }
    expect("alpn_protocols[1]", "has 0 bytes; 1 to 255 are accepted") {
      $0.common.applicationProtocols = ["h2", ""]
    }
  }

  @Test(arguments: [
    ("server", [1, 2, 3], "is no OCSP response in DER that tells of a certificate"),
    (
      "server_rsa", Certificates.bytes("server.ocsp"),
      "is about the certificate with serial number 1000, not 1001,"
    ),
  ])
  func servesACertificateWithoutAStapleThatIsNoGood(
    name: String, staple: [UInt8], text: String
  ) throws {
    let context = try TLSContext(
      downstream: .with(name) { $0.common.certificates[0].ocspStaple = staple })
    let path = "tls_certificates[0].ocsp_staple"
    #expect(context.warnings == [TLSContextFault(path, "\(text) and is not sent")])
    #expect(context.staple(for: context.certificates[0]) == nil)
  }

  @Test func warnsOfVersionsThatNoSuiteServes() throws {
    let old = try TLSContext(downstream: .with { $0.common.parameters.minimumVersion = .tls10 })
    #expect(
      old.warnings.map(\.description) == [
        "tls_params.tls_minimum_protocol_version: is TLSv1, and no suite is for versions before "
          + "TLSv1.2: they are not spoken"
      ])
    let spoken = DownstreamTLSConfig.with {
      $0.common.parameters.minimumVersion = .tls10
      $0.common.parameters.cipherSuites.append("ECDHE-ECDSA-AES128-SHA")
    }
    #expect(try TLSContext(downstream: spoken).warnings == [])
    let path = "tls_params.cipher_suites"
    expect(path, "has no suite for TLSv1.1") {
      $0.common.parameters.minimumVersion = .tls10
      $0.common.parameters.maximumVersion = .tls11
    }
    let text = "has no suite that goes with the key of a certificate: TLSv1.2 is not spoken"
    for suites in [["ECDHE-RSA-AES128-GCM-SHA256"], ["DHE-RSA-AES128-GCM-SHA256", "AES128-SHA"]] {
      let config = DownstreamTLSConfig.with { $0.common.parameters.cipherSuites = suites }
      #expect(try TLSContext(downstream: config).warnings == [TLSContextFault(path, text)])
      expect(path, text) {
        $0.common.parameters.cipherSuites = suites
        $0.common.parameters.maximumVersion = .tls12
      }
      let fitting = DownstreamTLSConfig.with("server_rsa") {
        $0.common.parameters.cipherSuites = suites
      }
      #expect(try TLSContext(downstream: fitting).warnings == [])
    }
  }

  @Test func takesSuitesOfEqualRank() {
    let suites = ["[ECDHE-ECDSA-AES128-GCM-SHA256|ECDHE-ECDSA-CHACHA20-POLY1305]"]
    #expect(Certificates.fault(.with { $0.common.parameters.cipherSuites = suites }) == nil)
  }

  @Test func namesWhatIsWrongWithTrust() {
    func fault(_ change: (inout TLSValidationConfig) -> Void) -> TLSContextFault? {
      Certificates.fault(.mutual(change))
    }
    // An emptied file trusts nobody; it is not as if there were none.
    for text in ["nothing", "\n", ""] {
      #expect(
        fault { $0.trustedAuthorities = Array(text.utf8) }
          == TLSContextFault(
            "validation_context.trusted_ca",
            "holds no PEM certificate; '-----BEGIN CERTIFICATE-----' is where one begins"))
      #expect(
        fault { $0.revocationLists = Array(text.utf8) }
          == TLSContextFault(
            "validation_context.crl",
            "holds no PEM list; '-----BEGIN X509 CRL-----' is where one begins"))
    }
    #expect(
      fault {
        $0.trustedAuthorities = nil
        $0.names = [.init(.dns, .init(.exact("a")))]
      }
        == TLSContextFault(
          "validation_context.match_typed_subject_alt_names",
          "needs trusted_ca: without it anybody can make a certificate with these names"))
    #expect(
      fault { $0.revocationLists = Certificates.bytes("root.pem") }
        == TLSContextFault(
          "validation_context.crl",
          "holds no PEM list; '-----BEGIN X509 CRL-----' is where one begins"))
    #expect(
      fault { $0.certificateHashes = [[1]] }
        == TLSContextFault("validation_context", "a pinned hash has 1 bytes; SHA-256 has 32"))
  }
}
