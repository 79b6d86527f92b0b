import Glibc
import Platform
import Reactor
import Testing

@testable import Sockets

@Suite("StreamSocket")
struct StreamSocketTests {
  /// Two ends of a connection.
  private func pair() -> (Int32, Int32) {
    var ends: [Int32] = [-1, -1]
    #expect(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) == 0)
    return (ends[0], ends[1])
  }

  private func isAtEnd(_ fd: Int32) -> Bool {
    var byte: UInt8 = 0
    return recv(fd, &byte, 1, Int32(MSG_DONTWAIT)) == 0
  }

  @Test func aSocketThatCannotBeOpenedClosesItsDescriptor() throws {
    let loop = try EventLoop()
    let (near, far) = pair()
    let holder = EventHandler()
    // A descriptor is watched once: the second time is refused.
    let registration = try loop.register(near, holder)
    do {
      let socket = StreamSocket(taking: near, on: loop)
      #expect(throws: SystemFault.self) { try socket.open() }
      #expect(!isAtEnd(far))
    }
    #expect(isAtEnd(far))
    loop.deregister(registration, near)
    close(far)
  }

  @Test func whatWaitsInTheQueueIsAcceptedBeforeTheEnd() throws {
    let loop = try EventLoop()
    let fd = try startListening(on: .loopback(port: 0), backlog: 8)
    let address = localAddress(of: fd)!
    var accepted: [Int32] = []
    let listener = try ListeningSocket(
      taking: fd, on: loop, onAccept: { fd, _ in accepted.append(fd) }, onRefused: { _ in })
    let clients = try (0..<3).map { _ in try startConnecting(to: address) }
    for client in clients { #expect(isWritable(client, within: 30_000)) }
    listener.close()
    #expect(accepted.count == 3)
    for fd in accepted {
      var value: Int32 = 0
      var length = socklen_t(MemoryLayout<Int32>.size)
      #expect(getsockopt(fd, Int32(IPPROTO_TCP), TCP_NODELAY, &value, &length) == 0)
      #expect(value != 0)
    }
    for fd in clients + accepted { close(fd) }
  }

  @Test func anAddressThatWasGivenUpTakesNobodyNewButKeepsWhoWaits() throws {
    let loop = try EventLoop()
    let bound = try BoundAddress(.loopback(port: 0), count: 1, own: [])
    try bound.listen(backlog: 8)
    var accepted: [Int32] = []
    let listener = try ListeningSocket(
      taking: bound.duplicates()[0], on: loop, onAccept: { fd, _ in accepted.append(fd) },
      onRefused: { _ in })
    let early = try startConnecting(to: bound.address)
    #expect(isWritable(early, within: 30_000))
    bound.close()
    let late = try startConnecting(to: bound.address)
    listener.close()
    #expect(accepted.count == 1)
    #expect(!isWritable(late))
    for fd in [early, late] + accepted { close(fd) }
  }

  /// A connection that stands is; one that is neither accepted nor refused is not.
  private func isWritable(_ fd: Int32, within milliseconds: Int32 = 0) -> Bool {
    var query = pollfd(fd: fd, events: Int16(POLLOUT), revents: 0)
    return poll(&query, 1, milliseconds) == 1
  }
}
