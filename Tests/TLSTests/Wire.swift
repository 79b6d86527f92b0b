import Config
import Glibc
import Memory
import Testing

@testable import TLS

/// Two sessions over a pair of sockets, and what an event loop would tell them.
final class Wire {
  let client: TLSSession
  let server: TLSSession
  private let descriptors: [Int32]

  init(
    client: TLSContext, server: TLSContext, resuming saved: SavedTLSSession? = nil,
    sendBufferBytes: Int32? = nil
  ) {
    descriptors = Wire.socketPair()
    if let sendBufferBytes { Wire.shrink(descriptors, to: sendBufferBytes) }
    self.client = TLSSession(client: client, on: descriptors[0], resuming: saved)
    self.server = TLSSession(server: server, on: descriptors[1])
  }

  convenience init(
    _ client: UpstreamTLSConfig = .trusting(), _ server: DownstreamTLSConfig = .with(),
    sendBufferBytes: Int32? = nil
  ) throws {
    self.init(
      client: try TLSContext(upstream: client), server: try TLSContext(downstream: server),
      sendBufferBytes: sendBufferBytes)
  }

  deinit { for fd in descriptors { close(fd) } }

  var clientSocket: Int32 { descriptors[0] }
  var serverSocket: Int32 { descriptors[1] }

  static func socketPair() -> [Int32] {
    var descriptors: [Int32] = [0, 0]
    let kind = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue)
    precondition(socketpair(AF_UNIX, kind, 0, &descriptors) == 0)
    return descriptors
  }

  static func shrink(_ descriptors: [Int32], to bytes: Int32) {
    var bytes = bytes
    for fd in descriptors {
      setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &bytes, socklen_t(MemoryLayout<Int32>.size))
    }
  }

  /// Tells both that the kernel may have bytes and room.
  func tell() {
    for session in [client, server] {
      session.onReadable(peerClosed: false)
      session.onWritable()
    }
  }

  /// Goes on with both handshakes until neither moves; what each came to.
  @discardableResult
  func shakeHands() -> (client: TLSHandshake, server: TLSHandshake) {
    var outcome = (client: TLSHandshake.wantsRead, server: TLSHandshake.wantsRead)
    for _ in 0..<20 {
      tell()
      outcome = (client.handshake(), server.handshake())
    }
    return outcome
  }

  /// The fault the server ends with, now or with the first bytes it would receive.
  var serverFault: TLSFault? { fault(server, client) }
  var clientFault: TLSFault? { fault(client, server) }

  private func fault(_ session: TLSSession, _ peer: TLSSession) -> TLSFault? {
    shakeHands()
    guard session.isEstablished else { return session.fault }
    tell()
    _ = session.receive(into: ByteBuffer(capacity: 100))
    return session.fault
  }

  /// Sends text one way and gives what arrives.
  static func send(_ text: String, from sender: TLSSession, to receiver: TLSSession) -> String {
    let output = ByteBuffer(capacity: 100)
    output.append(text)
    sender.onWritable()
    guard sender.send(from: output) == .moved(output.count) else { return "" }
    return received(by: receiver)
  }

  static func received(by session: TLSSession) -> String {
    let input = ByteBuffer(capacity: 100)
    session.onReadable(peerClosed: false)
    _ = session.receive(into: input)
    return String(decoding: Array(input), as: UTF8.self)
  }

  /// Bytes as a peer without TLS sends them.
  static func sendPlain(_ bytes: [UInt8], on fd: Int32) {
    precondition(Glibc.send(fd, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count)
  }
}
