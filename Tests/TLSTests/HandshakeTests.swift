import Config
import Memory
import Testing

@testable import TLS

struct HandshakeTests {
  @Test(arguments: [TLSVersion.tls12, .tls13])
  func agreesOnAVersionAndMovesBytes(version: TLSVersion) throws {
    let wire = try Wire(.trusting { $0.common.parameters.maximumVersion = version })
    #expect(wire.shakeHands() == (.done, .done))
    #expect(wire.client.version == version)
    #expect(wire.server.version == version)
    #expect(Wire.send("ping", from: wire.client, to: wire.server) == "ping")
    #expect(Wire.send("pong", from: wire.server, to: wire.client) == "pong")
    #expect(wire.client.peerCertificate?.subject == "CN=server,O=Example")
    #expect(wire.server.peerCertificate == nil)
  }

  @Test func saysWhichNameWasAskedFor() throws {
    let wire = try Wire()
    wire.shakeHands()
    #expect(wire.server.requestedServerName == "web.example")
    let nameless = try Wire(.trusting { $0.serverName = "" })
    nameless.shakeHands()
    #expect(nameless.server.requestedServerName == nil)
    // An address is no name to ask for (RFC 6066 section 3).
    let numbered = try Wire(.trusting { $0.serverName = "127.0.0.1" })
    numbered.shakeHands()
    #expect(numbered.server.requestedServerName == nil)
  }

  @Test(
    arguments: [
      (["h2", "http/1.1"], ["http/1.1", "h2"], "h2"),
      (["http/1.1"], ["h2", "http/1.1"], "http/1.1"),
      ([], ["h2"], nil), (["h2"], [], nil),
    ] as [([String], [String], String?)])
  func choosesTheProtocolTheServerLikesBest(
    served: [String], offered: [String], chosen: String?
  ) throws {
    let wire = try Wire(
      .trusting { $0.common.applicationProtocols = offered },
      .with { $0.common.applicationProtocols = served })
    #expect(wire.shakeHands() == (.done, .done))
    #expect(wire.client.applicationProtocol == chosen)
    #expect(wire.server.applicationProtocol == chosen)
  }

  @Test(arguments: [
    ("ECDHE-RSA-AES128-GCM-SHA256", "server_rsa"), ("ECDHE-ECDSA-AES256-GCM-SHA384", "server"),
  ])
  func showsTheCertificateThatSuitsTheClient(cipher: String, shown: String) throws {
    let wire = try Wire(
      .trusting {
        $0.common.parameters.cipherSuites = [cipher]
        $0.common.parameters.maximumVersion = .tls12
      }, .with { $0.common.certificates.append(Certificates.pair("server_rsa")) })
    #expect(wire.shakeHands() == (.done, .done))
    #expect(wire.server.cipherSuite == cipher)
    #expect(wire.client.peerCertificate?.subject == "CN=\(shown),O=Example")
  }

  @Test func speaksOnlyTLS13WithItsSuitesAlone() throws {
    let wire = try Wire(
      .trusting(), .with { $0.common.parameters.cipherSuites = ["TLS_CHACHA20_POLY1305_SHA256"] })
    #expect(wire.shakeHands() == (.done, .done))
    #expect(wire.client.cipherSuite == "TLS_CHACHA20_POLY1305_SHA256")
    let old = try Wire(
      .trusting { $0.common.parameters.maximumVersion = .tls12 },
      .with { $0.common.parameters.cipherSuites = ["TLS_CHACHA20_POLY1305_SHA256"] })
    #expect(old.serverFault == .noSharedVersion)
  }

  @Test func prefersTheSuiteOfTLS13ThatCostsLeast() throws {
    let suites = ["TLS_AES_256_GCM_SHA384", "TLS_AES_128_GCM_SHA256"]
    let wire = try Wire(.trusting { $0.common.parameters.cipherSuites = suites }, .with { _ in })
    wire.shakeHands()
    #expect(wire.server.cipherSuite == "TLS_AES_128_GCM_SHA256")
  }

  @Test(arguments: [true, false])
  func followsTheOrderOfTheSideThatDecides(prefersClientCiphers: Bool) throws {
    let suites = ["ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-ECDSA-AES128-GCM-SHA256"]
    let wire = try Wire(
      .trusting {
        $0.common.parameters.cipherSuites = suites.reversed()
        $0.common.parameters.maximumVersion = .tls12
      },
      .with {
        $0.common.parameters.cipherSuites = suites
        $0.prefersClientCiphers = prefersClientCiphers
      })
    wire.shakeHands()
    #expect(wire.server.cipherSuite == suites[prefersClientCiphers ? 1 : 0])
  }

  @Test func staplesTheResponseOfTheAuthority() throws {
    let config = DownstreamTLSConfig.with {
      $0.common.certificates[0].ocspStaple = Certificates.bytes("server.ocsp")
    }
    let context = try TLSContext(downstream: config)
    #expect(context.warnings.isEmpty)
    #expect(context.staple(for: context.certificates[0])?.response.isEmpty == false)
  }

  @Test func goesOnOnlyWhenTheLoopTellsOfReadiness() throws {
    let wire = try Wire()
    // Nothing is known of room yet.
    #expect(wire.client.handshake() == .wantsWrite)
    wire.shakeHands()
    let input = ByteBuffer(capacity: 100)
    #expect(wire.server.receive(into: input) == .wouldBlock)
    let output = ByteBuffer(capacity: 100)
    output.append("late")
    #expect(wire.client.send(from: output) == .moved(4))
    // The last read found nothing: the kernel is taken to be empty until the loop says otherwise.
    #expect(wire.server.receive(into: input) == .wouldBlock)
    #expect(!wire.server.canReceive)
    wire.server.onReadable(peerClosed: false)
    #expect(wire.server.canReceive)
    #expect(wire.server.receive(into: input) == .moved(4))
    #expect(!wire.server.canReceive)
  }
}
