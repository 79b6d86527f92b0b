import Config
import Foundation
import Testing

@testable import TLS

struct InteropTests {
  private func sClient(_ port: UInt16, _ arguments: [String]) throws -> PeerProgram {
    try PeerProgram(
      "openssl",
      ["s_client", "-connect", "127.0.0.1:\(port)", "-CAfile", Certificates.path("root.pem")]
        + arguments, input: "hello from s_client\n")
  }

  @Test(arguments: ["-tls1_2", "-tls1_3"])
  func speaksWithSClient(version: String) throws {
    let listener = Listener()
    let client = try sClient(
      listener.port,
      [version, "-servername", "web.example", "-alpn", "h2,http/1.1", "-verify_return_error"]
        + ["-status"])
    let config = DownstreamTLSConfig.with {
      $0.common.applicationProtocols = ["h2"]
      $0.common.certificates[0].ocspStaple = Certificates.bytes("server.ocsp")
    }
    let served = SocketSession(listener, try TLSContext(downstream: config))
    #expect(served.shakeHands() == .done)
    #expect(served.echo() == "hello from s_client\n")
    let printed = try client.end()
    #expect(printed.contains("Verification: OK"))
    #expect(printed.contains("ALPN protocol: h2"))
    #expect(printed.contains("OCSP Response Status: successful"))
    #expect(printed.contains("hello from s_client"))
    let hello = try #require(try decoded(served.hello))
    #expect(hello.serverName == "web.example")
    #expect(hello.applicationProtocols == ["h2", "http/1.1"])
    for count in served.hello.indices {
      #expect(try decoded(served.hello[..<count]) == nil)
    }
  }

  @Test func saysThatNoSignatureSuits() throws {
    let listener = Listener()
    let client = try sClient(listener.port, ["-tls1_3", "-sigalgs", "RSA-PSS+SHA256"])
    let served = SocketSession(listener, try TLSContext(downstream: .with()))
    #expect(served.shakeHands() == .failed(.noSharedSignatureAlgorithm))
    #expect(try client.end().contains("handshake failure"))
  }

  @Test func doesNotRenegotiate() throws {
    let listener = Listener()
    // A line that is an R asks for it.
    let client = try PeerProgram(
      "openssl", ["s_client", "-tls1_2", "-connect", "127.0.0.1:\(listener.port)"],
      input: "R\n")
    let served = SocketSession(listener, try TLSContext(downstream: .with()))
    #expect(served.shakeHands() == .done)
    _ = served.echo()
    #expect(try client.end().contains("no renegotiation"))
  }

  @Test func speaksWithPython() throws {
    let program = """
      import socket, ssl, sys
      port, ca, certificate, key = sys.argv[1:]
      context = ssl.create_default_context(cafile=ca)
      context.load_cert_chain(certificate, key)
      context.set_alpn_protocols(["http/1.1"])
      with socket.create_connection(("127.0.0.1", int(port)), 20) as plain:
          with context.wrap_socket(plain, server_hostname="x.wild.example") as tls:
              tls.sendall(b"hello from python")
              said = tls.recv(100)
              print(said.decode(), tls.version(), tls.selected_alpn_protocol(), tls.recv(10))
      """
    let listener = Listener()
    let client = try PeerProgram(
      "python3",
      ["-c", program, "\(listener.port)", Certificates.path("root.pem")]
        + [Certificates.path("client.pem"), Certificates.path("client.key")])
    var config = DownstreamTLSConfig.mutual()
    config.common.applicationProtocols = ["h2", "http/1.1"]
    let served = SocketSession(listener, try TLSContext(downstream: config))
    #expect(served.shakeHands() == .done)
    #expect(served.session.peerCertificate?.subject == "CN=client,O=Example")
    #expect(served.echo() == "hello from python")
    #expect(try client.end() == "hello from python TLSv1.3 http/1.1 b''\n")
    let hello = try #require(try decoded(served.hello))
    #expect(hello.serverName == "x.wild.example")
  }

  @Test(arguments: [TLSVersion.tls12, .tls13])
  func comesBackToSServer(version: TLSVersion) throws {
    let server = try PeerProgram(
      "openssl",
      ["s_server", "-accept", "0", "-rev", "-naccept", "2", "-Verify", "1"]
        + ["-verify_return_error", "-CAfile", Certificates.path("root.pem")]
        + ["-cert", Certificates.path("server.pem"), "-key", Certificates.path("server.key")])
    let port = try #require(UInt16(server.wait(for: "ACCEPT [::]:")))
    let context = try TLSContext(
      upstream: .trusting {
        $0.common.certificates = [Certificates.pair("client")]
        $0.common.parameters.maximumVersion = version
        $0.verifiesServerName = true
      })
    var saved: SavedTLSSession?
    for isAgain in [false, true] {
      let client = SocketSession(context, port: port, resuming: saved)
      #expect(client.shakeHands() == .done)
      #expect(client.session.version == version)
      #expect(client.session.isResumed == isAgain)
      #expect(client.ask("desserts\n") == "stressed\n")
      client.session.sendClose()
      saved = client.session.savedSession
      #expect(saved != nil)
    }
    #expect(try server.end().contains("CONNECTION ESTABLISHED"))
  }
}
