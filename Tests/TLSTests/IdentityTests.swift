import Config
import Foundation
import Testing

@testable import TLS

struct IdentityTests {
  @Test func tellsWhoTheClientIs() throws {
    let wire = try Wire(.showing("client"), .mutual())
    #expect(wire.serverFault == nil && wire.server.isPeerVerified)
    let peer = try #require(wire.server.peerCertificate)
    #expect(peer.subject == "CN=client,O=Example")
    #expect(peer.issuer == "CN=root")
    #expect(
      peer.names == [
        SubjectName(.uri, "spiffe://mesh/ns/shop/sa/client"), SubjectName(.dns, "client.example"),
        SubjectName(.email, "client@example"),
      ])
    #expect(peer.serialNumber == "1002")
    #expect(peer.fingerprint.count == 64)
    #expect(peer.notAfter > peer.notBefore)
  }

  @Test func agreesWithOpenSSLsCommand() throws {
    let leaf = try TLSContext(downstream: .with("client")).certificates[0]
    let file = Certificates.path("client.pem")
    let told = try Command.output(
      "openssl", ["x509", "-in", file, "-noout", "-fingerprint", "-sha256", "-enddate"])
    let hash = leaf.fingerprint.uppercased()
    let pairs = stride(from: 0, to: 64, by: 2).map { hash.dropFirst($0).prefix(2) }
    #expect(told.contains("=\(pairs.joined(separator: ":"))"))
    #expect(told.contains("notAfter=\(OpenSSL.dateText(leaf.notAfter))"))
    let key = try Command.output(
      "sh",
      [
        "-c",
        "openssl x509 -in \(file) -noout -pubkey | openssl pkey -pubin -outform DER | sha256sum",
      ])
    #expect(key.hasPrefix(leaf.publicKeySHA256.map { String(format: "%02x", $0) }.joined()))
  }

  @Test func writesThePEMForHeaders() throws {
    let leaf = try TLSContext(downstream: .with("client")).certificates[0]
    let text = leaf.urlEncodedPEM
    #expect(text.hasPrefix("-----BEGIN%20CERTIFICATE-----%0A"))
    #expect(text.utf8.allSatisfy { $0 != UInt8(ascii: "\n") && $0 != UInt8(ascii: "+") })
    #expect(text.removingPercentEncoding.map { Array($0.utf8) } == Certificates.bytes("client.pem"))
  }

  @Test func knowsTheChainThatWasShown() throws {
    let wire = try Wire(.showing("deep"), .mutual())
    #expect(wire.serverFault == nil)
    let subjects = ["CN=deep_leaf,O=Example", "CN=middle,O=Example"]
    #expect(wire.server.peerChain.map(\.subject) == subjects)
    let encoded = TLSCertificate.urlEncodedPEM(wire.server.peerChain)
    #expect(encoded.components(separatedBy: "BEGIN%20CERTIFICATE").count == 3)
    let served = try Wire(.trusting(), .with("deep"))
    served.shakeHands()
    #expect(served.client.peerChain.map(\.subject) == subjects)
  }

  @Test func trustsAnAuthorityBelowARoot() throws {
    let config = DownstreamTLSConfig.mutual {
      $0.trustedAuthorities = Certificates.bytes("middle.pem")
    }
    #expect(try Wire(.showing("deep"), config).serverFault == nil)
    #expect(
      try Wire(.showing("client"), config).serverFault?.cause.name.description == "unknown_ca")
  }

  @Test func keysAreNeverShown() {
    let config = DownstreamTLSConfig.with()
    var text = "\(config)"
    dump(config, to: &text)
    let key = Certificates.bytes("server.key").prefix(40).map(String.init).joined(separator: ", ")
    #expect(!text.contains(key))
    #expect(text.contains("[redacted]"))
  }
}

/// A program that runs to its end.
enum Command {
  static func output(_ name: String, _ arguments: [String]) throws -> String {
    let process = Process()
    let output = Pipe()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = [name] + arguments
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    try process.run()
    let data = try output.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    return String(decoding: data, as: UTF8.self)
  }
}
