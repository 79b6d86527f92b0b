import Foundation
import Glibc
import Memory
import Testing

@testable import TLS

/// A session that speaks with a program over a socket of its own, waiting for readiness by `poll`.
final class SocketSession {
  let session: TLSSession
  /// What the client sent first, as it was peeked at.
  let hello: [UInt8]
  private let fd: Int32

  init(_ listener: Listener, _ context: TLSContext) {
    fd = listener.accept()
    SocketSession.wait(fd, POLLIN)
    hello = peeked(fd)
    session = TLSSession(server: context, on: fd)
    session.onWritable()
  }

  /// A client's connection to a program that listens.
  init(_ context: TLSContext, port: UInt16, resuming saved: SavedTLSSession? = nil) {
    fd = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    hello = []
    var address = sockaddr_in.loopback(port: port)
    let fd = fd
    let isConnected = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(fd, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
      }
    }
    precondition(isConnected, "the program listens")
    _ = fcntl(fd, F_SETFL, O_NONBLOCK)
    session = TLSSession(client: context, on: fd, resuming: saved)
    session.onWritable()
  }

  deinit { close(fd) }

  func shakeHands() -> TLSHandshake {
    for _ in 0..<100 {
      switch session.handshake() {
      case .wantsRead:
        SocketSession.wait(fd, POLLIN)
        session.onReadable(peerClosed: false)
      case .wantsWrite:
        SocketSession.wait(fd, POLLOUT)
        session.onWritable()
      case let end: return end
      }
    }
    return session.handshake()
  }

  /// Answers the first bytes with the same bytes and says that it ends.
  func echo() -> String {
    let buffer = ByteBuffer(capacity: 1000)
    let text = receive(into: buffer)
    session.onWritable()
    _ = session.send(from: buffer)
    session.sendClose()
    return text
  }

  /// Says something and gives the answer.
  func ask(_ text: String) -> String {
    let buffer = ByteBuffer(capacity: 1000)
    buffer.append(text)
    session.onWritable()
    guard session.send(from: buffer) == .moved(buffer.count) else { return "not sent" }
    buffer.clear()
    return receive(into: buffer)
  }

  private func receive(into buffer: ByteBuffer) -> String {
    for _ in 0..<100 {
      let result = session.receive(into: buffer)
      if case .moved = result { break }
      guard result == .wouldBlock else { return "\(result): \(session.fault as Any)" }
      SocketSession.wait(fd, POLLIN)
      session.onReadable(peerClosed: false)
    }
    return String(decoding: Array(buffer), as: UTF8.self)
  }

  static func wait(_ fd: Int32, _ events: Int32) {
    var wanted = pollfd(fd: fd, events: Int16(events), revents: 0)
    _ = poll(&wanted, 1, 20_000)
  }
}

final class Listener {
  private let fd: Int32
  let port: UInt16

  init() {
    fd = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in.loopback(port: 0)
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
    SocketSession.wait(fd, POLLIN)
    let connection = Glibc.accept(fd, nil, nil)
    precondition(connection >= 0, "a client connects")
    _ = fcntl(connection, F_SETFL, O_NONBLOCK)
    return connection
  }
}

/// A program as the other end: what it is given to say, and what it printed.
final class PeerProgram {
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

  /// Reads on until the program has printed `mark` and a line's end; what stands between.
  func wait(for mark: String) -> String {
    var text = ""
    while true {
      let data = output.fileHandleForReading.availableData
      guard !data.isEmpty else { return "" }
      text += String(decoding: data, as: UTF8.self)
      if let found = text.range(of: mark), let end = text[found.upperBound...].firstIndex(of: "\n")
      {
        return String(text[found.upperBound..<end])
      }
    }
  }

  func end() throws -> String {
    let data = try output.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    patience.cancel()
    return String(decoding: data, as: UTF8.self)
  }
}

extension sockaddr_in {
  fileprivate static func loopback(port: UInt16) -> sockaddr_in {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    address.sin_port = port.bigEndian
    return address
  }
}
