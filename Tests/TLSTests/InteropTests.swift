import Config
import Foundation
import Glibc
import Memory
import Testing

@testable import TLS

/// A session that speaks with a program over a socket of its own, waiting for readiness by `poll`.
private final class Served {
  let session: TLSSession
  /// What the client sent first, as it was peeked at.
  let hello: [UInt8]
  private let fd: Int32

  init(_ listener: Listener, _ context: TLSContext) {
    fd = listener.accept()
    Served.wait(fd, POLLIN)
    hello = peeked(fd)
    session = TLSSession(server: context, on: fd)
    session.onWritable()
  }

  deinit { close(fd) }

  func shakeHands() -> TLSHandshake {
    for _ in 0..<100 {
      switch session.handshake() {
      case .wantsRead:
        Served.wait(fd, POLLIN)
        session.onReadable(peerClosed: false)
      case .wantsWrite:
        Served.wait(fd, POLLOUT)
        session.onWritable()
      case let end: return end
      }
    }
    return session.handshake()
  }

  /// Answers the first bytes with the same bytes and says that it ends.
  func echo() -> String {
    let buffer = ByteBuffer(capacity: 1000)
    for _ in 0..<100 {
      let result = session.receive(into: buffer)
      if case .moved = result { break }
      guard result == .wouldBlock else { return "\(result): \(session.fault as Any)" }
      Served.wait(fd, POLLIN)
      session.onReadable(peerClosed: false)
    }
    session.onWritable()
    _ = session.send(from: buffer)
    session.sendClose()
    return String(decoding: Array(buffer), as: UTF8.self)
  }

  static func wait(_ fd: Int32, _ events: Int32) {
    var wanted = pollfd(fd: fd, events: Int16(events), revents: 0)
    _ = poll(&wanted, 1, 20_000)
  }
}

private final class Listener {
  private let fd: Int32
  let port: UInt16

  init() {
    fd = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let fd = fd
    let isReady = withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(fd, $0, length) == 0 && listen(fd, 8) == 0 && getsockname(fd, $0, &length) == 0
      }
    }
    precondition(isReady, "a loopback port")
    port = UInt16(bigEndian: address.sin_port)
  }

  deinit { close(fd) }

  func accept() -> Int32 {
    Served.wait(fd, POLLIN)
    let connection = Glibc.accept(fd, nil, nil)
    precondition(connection >= 0, "a client connects")
    _ = fcntl(connection, F_SETFL, O_NONBLOCK)
    return connection
  }
}

/// A client that is a program: what it is given to say, and what it printed.
private final class ClientProgram {
  private let process = Process()
  private let output = Pipe()
  private let kept: Pipe
  private let patience: DispatchWorkItem

  init(_ name: String, _ arguments: [String], input: String = "") throws {
    let pipe = Pipe()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = [name] + arguments
    process.standardInput = pipe
    process.standardOutput = output
    process.standardError = output
    try process.run()
    // Signals may be blocked in what a test starts; this one never is.
    let started = process.processIdentifier
    patience = DispatchWorkItem { kill(started, SIGKILL) }
    DispatchQueue.global().asyncAfter(deadline: .now() + 30, execute: patience)
    try pipe.fileHandleForWriting.write(contentsOf: Data(input.utf8))
    // s_client ends when its input does, which is not yet.
    kept = pipe
  }

  func end() throws -> String {
    let data = try output.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    patience.cancel()
    return String(decoding: data, as: UTF8.self)
  }
}

struct InteropTests {
  private func sClient(_ port: UInt16, _ arguments: [String]) throws -> ClientProgram {
    try ClientProgram(
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
    let served = Served(listener, try TLSContext(downstream: config))
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
    #expect(hello.versions == [version == "-tls1_3" ? 0x0304 : 0x0303])
    for count in served.hello.indices {
      #expect(try decoded(served.hello[..<count]) == nil)
    }
  }

  @Test func saysThatNoSignatureSuits() throws {
    let listener = Listener()
    let client = try sClient(listener.port, ["-tls1_3", "-sigalgs", "RSA-PSS+SHA256"])
    let served = Served(listener, try TLSContext(downstream: .with()))
    #expect(served.shakeHands() == .failed(.noSharedSignatureAlgorithm))
    #expect(try client.end().contains("handshake failure"))
  }

  @Test func doesNotRenegotiate() throws {
    let listener = Listener()
    // A line that is an R asks for it.
    let client = try ClientProgram(
      "openssl", ["s_client", "-tls1_2", "-connect", "127.0.0.1:\(listener.port)"],
      input: "R\n")
    let served = Served(listener, try TLSContext(downstream: .with()))
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
    let client = try ClientProgram(
      "python3",
      ["-c", program, "\(listener.port)", Certificates.path("root.pem")]
        + [Certificates.path("client.pem"), Certificates.path("client.key")])
    var config = DownstreamTLSConfig.mutual()
    config.common.applicationProtocols = ["h2", "http/1.1"]
    let served = Served(listener, try TLSContext(downstream: config))
    #expect(served.shakeHands() == .done)
    #expect(served.session.peerCertificate?.subject == "CN=client,O=Example")
    #expect(served.echo() == "hello from python")
    #expect(try client.end() == "hello from python TLSv1.3 http/1.1 b''\n")
    let hello = try #require(try decoded(served.hello))
    #expect(hello.serverName == "x.wild.example")
  }
}
