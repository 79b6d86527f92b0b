import Memory
import Platform
import Reactor
import Sockets

/// A TCP peer on the test's own loop: it sends given bytes to whoever connects, and more once it
/// was asked for a stream; then it may close.
final class PeerOnWire {
  /// What the peer does once it has said everything.
  enum Ending {
    case none, close
    /// It says nothing, and resets the connection when it is greeted.
    case reset
  }

  private final class Connection: StreamSocket {
    private static let prefaceBytes = 24
    private var greeting: [UInt8]
    private var answer: [UInt8]
    private let ending: Ending
    private let received = ByteBuffer(capacity: 16 << 10)

    init(
      taking fd: Int32, on loop: EventLoop, greeting: [UInt8], answer: [UInt8], ending: Ending
    ) {
      self.greeting = greeting
      self.answer = answer
      self.ending = ending
      super.init(taking: fd, on: loop)
    }

    override func onSocketReady() {
      if ending == .reset { return resetWithUnread() }
      transmit(&greeting)
      while case .moved = receive(into: received) {}
      if isAsked { transmit(&answer) }
      if ending == .close, greeting.isEmpty, answer.isEmpty { shutdownWrite() }
    }

    /// The kernel resets a connection that is closed with bytes nobody has read.
    private func resetWithUnread() { if canRead { close() } }

    /// A HEADERS frame came.
    private var isAsked: Bool {
      let bytes = Array(received)
      var offset = Self.prefaceBytes
      while offset + 9 <= bytes.count {
        if bytes[offset + 3] == 1 { return true }
        offset += 9 + bytes[offset..<(offset + 3)].reduce(0) { $0 << 8 | Int($1) }
      }
      return false
    }

    private func transmit(_ bytes: inout [UInt8]) {
      guard canWrite, !bytes.isEmpty else { return }
      let outgoing = ByteBuffer(capacity: bytes.count)
      outgoing.append(bytes)
      bytes = []
      _ = send(from: outgoing)
    }
  }

  private let listener: ListeningSocket
  private var connections: [StreamSocket] = []
  let port: UInt16

  init(
    on loop: EventLoop, sending greeting: [UInt8], answering answer: [UInt8] = [],
    ending: Ending = .none
  ) throws {
    let fd = try startListening(on: .loopback(port: 0), backlog: 16)
    port = localAddress(of: fd)!.port
    var keep: (StreamSocket) -> Void = { _ in }
    listener = try ListeningSocket(
      taking: fd, on: loop,
      onAccept: { fd, _ in
        let connection = Connection(
          taking: fd, on: loop, greeting: greeting, answer: answer, ending: ending)
        try? connection.open()
        keep(connection)
      }, onRefused: { _ in })
    keep = { [unowned self] in connections.append($0) }
  }

  deinit {
    listener.close()
    for connection in connections { connection.close() }
  }
}

/// HTTP/2 frames by hand (RFC 9113, section 4.1).
enum Frame {
  static let settings = frame(type: 4, flags: 0, stream: 0, [])

  static func headers(_ block: [UInt8]) -> [UInt8] { frame(type: 1, flags: 4, stream: 1, block) }
  static func data(_ bytes: [UInt8]) -> [UInt8] { frame(type: 0, flags: 0, stream: 1, bytes) }

  /// `:status` 200 and the content type of gRPC (RFC 7541, static table entries 8 and 31).
  static let grpcHead = headers([0x88, 0x0F, 0x10, 16] + Array("application/grpc".utf8))
  static let notFound = headers([0x8D])
  static let page = headers([0x88, 0x0F, 0x10, 9] + Array("text/html".utf8))
  static let reset = frame(type: 3, flags: 0, stream: 1, [0, 0, 0, 8])
  /// `grpc-status` 14 and `grpc-message` "moving house", the end of the stream.
  static let unavailable = frame(
    type: 1, flags: 5, stream: 1,
    literal("grpc-status", "14") + literal("grpc-message", "moving%20house"))

  /// A field neither name nor value of which is in a table (RFC 7541 section 6.2.2).
  private static func literal(_ name: String, _ value: String) -> [UInt8] {
    [0, UInt8(name.utf8.count)] + name.utf8 + [UInt8(value.utf8.count)] + value.utf8
  }

  static let goAway = frame(
    type: 7, flags: 0, stream: 0, [0, 0, 0, 0, 0, 0, 0, 11] + Array("calm".utf8))

  private static func frame(
    type: UInt8, flags: UInt8, stream: UInt8, _ payload: [UInt8]
  ) -> [UInt8] {
    [0, 0, UInt8(payload.count), type, flags, 0, 0, 0, stream] + payload
  }
}
