import Config
import Glibc
import Memory
import Patterns
import Testing

@testable import TLS

struct FaultTests {
  // MARK: the peer's certificate

  @Test func saysHowLongAgoACertificateExpired() throws {
    let wire = try Wire(.trusting(), .with("expired"))
    wire.shakeHands()
    guard case .certificate(.expired("CN=expired,O=Example", let seconds))? = wire.client.fault
    else {
      Issue.record("found \(String(describing: wire.client.fault))")
      return
    }
    #expect(abs(seconds - (3 * 86400 + 5 * 3600)) < 600)
    #expect(
      CertificateFault.expired(subject: "CN=expired", secondsAgo: 277_260).description
        == "the peer's certificate (CN=expired) expired 3 d 5 h ago")
    #expect(wire.server.fault == .alert(TLSAlert(rawValue: 45)))
    #expect(wire.server.fault?.description.contains("certificate_expired") == true)
  }

  @Test func saysBetweenWhichClocksTheDifferenceIs() throws {
    let wire = try Wire(.trusting(), .with("early"))
    wire.shakeHands()
    guard case .certificate(.notYetValid("CN=early,O=Example", let seconds))? = wire.client.fault
    else {
      Issue.record("found \(String(describing: wire.client.fault))")
      return
    }
    #expect(abs(seconds - 9000) < 600)
    #expect(
      CertificateFault.notYetValid(subject: "CN=early", secondsAhead: 9000).description
        == "the peer's certificate (CN=early) is valid only in 2 h 30 min; "
        + "is one of the clocks wrong by that much?")
  }

  @Test func takesExpiredCertificatesWhereThatIsAllowed() throws {
    let config = UpstreamTLSConfig.trusting { $0.common.validation?.acceptsExpired = true }
    #expect(try Wire(config, .with("expired")).shakeHands() == (.done, .done))
  }

  @Test(arguments: [
    ("web.example", true), ("WEB.example", true), ("a.wild.example", true), ("127.0.0.1", true),
    ("::1", true), ("other.example", false), ("a.b.wild.example", false), ("wild.example", false),
    ("127.0.0.2", false),
  ])
  func comparesTheNameAskedFor(name: String, isRight: Bool) throws {
    let wire = try Wire(
      .trusting {
        $0.serverName = name
        $0.verifiesServerName = true
      })
    wire.shakeHands()
    let names = [
      "web.example", "*.wild.example", "spiffe://mesh/ns/shop/sa/web", "127.0.0.1", "::1",
    ]
    #expect(
      wire.client.fault == (isRight ? nil : .certificate(.wrongName(expected: name, found: names))))
    #expect(wire.client.isEstablished == isRight)
  }

  @Test(
    arguments: [
      (.uri, .exact("spiffe://mesh/ns/shop/sa/client"), true),
      (.uri, .prefix("spiffe://mesh/"), true), (.uri, .suffix("/client"), true),
      (.uri, .contains("/shop/"), true), (.dns, .exact("client.example"), true),
      (.dns, .prefix("spiffe"), false), (.uri, .exact("spiffe://mesh/ns/shop/sa/admin"), false),
      (.email, .exact("client@example"), true), (.ipAddress, .exact("127.0.0.1"), false),
    ] as [(SubjectNameMatcherConfig.Kind, StringMatcherConfig.Pattern, Bool)])
  func matchesTheNamesOfClients(
    kind: SubjectNameMatcherConfig.Kind, pattern: StringMatcherConfig.Pattern, isRight: Bool
  ) throws {
    let config = DownstreamTLSConfig.mutual { $0.names = [.init(kind, .init(pattern))] }
    let wire = try Wire(.showing("client"), config)
    let names = ["spiffe://mesh/ns/shop/sa/client", "client.example", "client@example"]
    #expect(
      wire.serverFault == (isRight ? nil : .certificate(.wrongName(expected: "", found: names))))
  }

  @Test func matchesNamesByRegularExpression() throws {
    let expression = try RegularExpression(
      "spiffe://mesh/ns/[a-z]+/sa/client", ignoresCase: false, extent: .wholeSubject)
    let config = DownstreamTLSConfig.mutual { $0.names = [.init(.uri, .init(.regex(expression)))] }
    #expect(try Wire(.showing("client"), config).serverFault == nil)
    #expect(
      try Wire(.showing("nameless"), config).serverFault
        == .certificate(.wrongName(expected: "", found: [])))
  }

  @Test func turnsAwayThoseNobodyVouchesFor() throws {
    let wire = try Wire(.showing("stranger"), .mutual())
    let fault = CertificateFault.unknownAuthority(
      subject: "CN=stranger,O=Example", issuer: "CN=elsewhere")
    #expect(wire.serverFault == .certificate(fault))
    #expect(wire.clientFault == .alert(TLSAlert(rawValue: 48)))
    #expect(
      try Wire(.showing("self_signed"), .mutual()).serverFault
        == .certificate(.selfSigned(subject: "CN=self_signed")))
    let lenient = try Wire(.showing("stranger"), .mutual { $0.acceptsUntrusted = true })
    #expect(lenient.serverFault == nil && !lenient.server.isPeerVerified)
  }

  @Test func looksInTheListsOfWhatWasRevoked() throws {
    func fault(_ client: String, _ list: String, leafOnly: Bool = false) throws -> TLSFault? {
      let config = DownstreamTLSConfig.mutual {
        $0.revocationLists = Certificates.bytes(list)
        $0.revocationOfLeafOnly = leafOnly
      }
      return try Wire(.showing(client), config).serverFault
    }
    #expect(try fault("revoked", "none.crl") == nil)
    #expect(try fault("client", "revoked.crl") == nil)
    let revoked = try fault("revoked", "revoked.crl")
    guard case .certificate(.revoked("CN=revoked,O=Example", let number))? = revoked else {
      Issue.record("found \(String(describing: revoked))")
      return
    }
    #expect(PEM.certificates(in: Certificates.bytes("revoked.pem"))?.first?.serialNumber == number)
    #expect(
      try fault("client", "stale.crl")
        == .certificate(.revocationUnknown(issuer: "CN=root", reason: "CRL has expired")))
    #expect(
      try fault("client", "elsewhere.crl")
        == .certificate(
          .revocationUnknown(issuer: "CN=root", reason: "unable to get certificate CRL")))
  }

  @Test func insistsOnPinnedCertificatesAndKeys() throws {
    let leaf = try TLSContext(downstream: .with("client")).certificates[0]
    func fault(_ change: (inout TLSValidationConfig) -> Void) throws -> TLSFault? {
      try Wire(.showing("client"), .mutual(change)).serverFault
    }
    let other = [UInt8](repeating: 0, count: 32)
    let mismatch = CertificateFault.hashMismatch(sha256: leaf.fingerprint)
    #expect(try fault { $0.certificateHashes = [other, leaf.sha256] } == nil)
    #expect(try fault { $0.certificateHashes = [other] } == .certificate(mismatch))
    #expect(try fault { $0.publicKeyHashes = [leaf.publicKeySHA256] } == nil)
    #expect(try fault { $0.publicKeyHashes = [other] } == .certificate(mismatch))
    // One of either kind is enough.
    #expect(
      try fault {
        $0.certificateHashes = [other]
        $0.publicKeyHashes = [leaf.publicKeySHA256]
      } == nil)
  }

  @Test func aPinStandsForAnAuthority() throws {
    let stranger = try TLSContext(downstream: .with("stranger")).certificates[0]
    let config = DownstreamTLSConfig.mutual {
      $0.trustedAuthorities = nil
      $0.certificateHashes = [stranger.sha256]
    }
    let pinned = try Wire(.showing("stranger"), config)
    #expect(pinned.serverFault == nil && pinned.server.isPeerVerified)
    #expect(try Wire(.showing("client"), config).serverFault?.cause == .certificateHashMismatch)
  }

  @Test func turnsAwayWhatWasMadeForSomethingElse() throws {
    let fault = CertificateFault.unsuitable(
      subject: "CN=server_only,O=Example", reason: "unsuitable certificate purpose")
    #expect(try Wire(.showing("server_only"), .mutual()).serverFault == .certificate(fault))
  }

  @Test(arguments: [TLSVersion.tls12, .tls13])
  func asksForACertificate(version: TLSVersion) throws {
    let config = UpstreamTLSConfig.trusting { $0.common.parameters.maximumVersion = version }
    let wire = try Wire(config, .mutual())
    #expect(wire.serverFault == .certificate(.missing))
    #expect(wire.clientFault == .alert(TLSAlert(rawValue: version == .tls13 ? 116 : 40)))
    var lenient = DownstreamTLSConfig.mutual()
    lenient.requiresClientCertificate = false
    #expect(try Wire(config, lenient).serverFault == nil)
  }

  // MARK: nothing in common

  @Test func namesWhatIsNotShared() throws {
    let version = try Wire(
      .trusting { $0.common.parameters.maximumVersion = .tls12 },
      .with { $0.common.parameters.minimumVersion = .tls13 })
    #expect(version.serverFault == .noSharedVersion)
    #expect(version.clientFault == .alert(TLSAlert(rawValue: 70)))

    let cipher = try Wire(
      .trusting {
        $0.common.parameters.maximumVersion = .tls12
        $0.common.parameters.cipherSuites = ["ECDHE-RSA-AES128-GCM-SHA256"]
      })
    #expect(cipher.serverFault == .noSharedCipher)

    let group = try Wire(
      .trusting { $0.common.parameters.groups = ["P-256"] },
      .with { $0.common.parameters.groups = ["P-384"] })
    #expect(group.serverFault == .noSharedGroup)

    let name = try Wire(
      .trusting { $0.common.applicationProtocols = ["h3"] },
      .with { $0.common.applicationProtocols = ["h2", "http/1.1"] })
    #expect(name.serverFault == .noSharedApplicationProtocol)
    #expect(name.clientFault == .alert(TLSAlert(rawValue: 120)))
  }

  // MARK: what the peer sent, or did

  @Test(arguments: [
    "GET / HTTP/1.1\r\n\r\n", "POST /x HTTP/1.1\r\n\r\n", "HEAD / HTTP/1.0\r\n\r\n",
    "OPTIONS * HTTP/1.1\r\n\r\n", "DELETE /x HTTP/1.1\r\n\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "CONNECT a:1 HTTP/1.1\r\n\r\n",
  ])
  func knowsPlaintextHTTP(text: String) throws {
    let wire = try Wire()
    Wire.sendPlain(Array(text.utf8), on: wire.clientSocket)
    wire.server.onReadable(peerClosed: false)
    wire.server.onWritable()
    #expect(wire.server.handshake() == .failed(.plaintextHTTP))
    #expect(wire.server.handshake() == .failed(.plaintextHTTP))
  }

  @Test func knowsAServerThatAnswersInPlaintext() throws {
    let wire = try Wire()
    Wire.sendPlain(Array("HTTP/1.1 400 Bad Request\r\n\r\n".utf8), on: wire.serverSocket)
    wire.tell()
    #expect(wire.client.handshake() == .failed(.plaintextHTTP))
  }

  @Test(arguments: ["SSH-2.0-OpenSSH_9.2\r\n", "EHLO example\r\n", "\0\0\0\0\0\0"])
  func knowsWhatIsNoTLS(text: String) throws {
    let wire = try Wire()
    Wire.sendPlain(Array(text.utf8), on: wire.clientSocket)
    wire.tell()
    #expect(wire.server.handshake() == .failed(.notTLS))
  }

  @Test func knowsABrokenHandshake() throws {
    let wire = try Wire()
    Wire.sendPlain([22, 3, 1, 0, 5, 9, 0, 0, 1, 9], on: wire.clientSocket)
    wire.tell()
    #expect(wire.server.handshake() == .failed(.protocolViolation("unexpected message")))
  }

  @Test func knowsAHandshakeThatIsCutOff() throws {
    let wire = try Wire()
    wire.tell()
    #expect(wire.client.handshake() == .wantsRead)
    #expect(wire.server.handshake() == .wantsRead)
    shutdown(wire.clientSocket, Int32(SHUT_WR))
    wire.server.onReadable(peerClosed: true)
    #expect(wire.server.handshake() == .failed(.cutOff))
    let silent = try Wire()
    shutdown(silent.clientSocket, Int32(SHUT_WR))
    silent.server.onReadable(peerClosed: true)
    #expect(silent.server.handshake() == .failed(.cutOff))
  }

  @Test func knowsABrokenSocket() throws {
    let wire = try Wire()
    shutdown(wire.serverSocket, Int32(SHUT_RD))
    wire.client.onWritable()
    #expect(wire.client.handshake() == .failed(.socket(EPIPE)))
  }

  // MARK: words

  @Test func everyAlertHasAName() {
    #expect(TLSAlert(rawValue: 48).description == "unknown_ca")
    #expect(TLSAlert(rawValue: 116).description == "certificate_required")
    #expect(TLSAlert(rawValue: 70).description == "protocol_version")
    #expect(TLSAlert(rawValue: 90).description == "user_canceled")
    #expect(TLSAlert(rawValue: 200).description == "alert 200")
  }

  @Test func namesAFewOfManyNames() {
    let names = (1...7).map { "h\($0)" }
    #expect(
      CertificateFault.wrongName(expected: "web", found: names).description
        == "the peer's certificate is for h1, h2, h3, h4, h5 and 2 more, not for web")
    #expect(
      CertificateFault.wrongName(expected: "", found: []).description
        == "the peer's certificate is for no name, which no configured name matches")
  }
}
