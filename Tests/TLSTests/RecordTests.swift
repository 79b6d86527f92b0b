import Config
import Glibc
import Memory
import Testing

@testable import TLS

struct RecordTests {
  @Test(arguments: [TLSVersion.tls12, .tls13])
  func carriesAMegabyteThroughASmallSocket(version: TLSVersion) throws {
    let wire = try Wire(
      .trusting { $0.common.parameters.maximumVersion = version }, sendBufferBytes: 4096)
    #expect(wire.shakeHands() == (.done, .done))
    let sent = (0..<1_000_003).map { UInt8(truncatingIfNeeded: $0 &* 31 ^ $0 >> 8) }
    let output = ByteBuffer(capacity: sent.count)
    output.append(sent)
    let input = ByteBuffer(capacity: 10_000)
    var received: [UInt8] = []
    var blocked = 0
    for _ in 0..<100_000 where received.count < sent.count {
      wire.tell()
      switch wire.client.send(from: output) {
      case .moved(let n): output.consume(n)
      case .wouldBlock: blocked += 1
      case let other: Issue.record("sending came to \(other)")
      }
      if case .moved = wire.server.receive(into: input) {
        received += Array(input)
        input.clear()
      }
    }
    #expect(received == sent)
    #expect(blocked > 0)
  }

  @Test func readsOnWhileItsOwnBufferHoldsMore() throws {
    let wire = try Wire()
    wire.shakeHands()
    let output = ByteBuffer(capacity: 3000)
    output.append([UInt8](repeating: 7, count: 3000))
    #expect(wire.client.send(from: output) == .moved(3000))
    wire.server.onReadable(peerClosed: false)
    var sizes: [Int] = []
    while wire.server.canReceive, sizes.count < 10 {
      let input = ByteBuffer(capacity: 1000)
      guard case .moved(let n) = wire.server.receive(into: input) else { break }
      sizes.append(n)
    }
    #expect(sizes == [1000, 1000, 1000])
    #expect(!wire.server.canReceive)
  }

  @Test(arguments: [TLSVersion.tls12, .tls13])
  func tellsAnEndFromACut(version: TLSVersion) throws {
    let config = UpstreamTLSConfig.trusting { $0.common.parameters.maximumVersion = version }
    let input = ByteBuffer(capacity: 100)
    let ended = try Wire(config)
    ended.shakeHands()
    let output = ByteBuffer(capacity: 10)
    output.append("last")
    #expect(ended.client.send(from: output) == .moved(4))
    #expect(ended.client.sendClose())
    ended.server.onReadable(peerClosed: false)
    #expect(ended.server.receive(into: input) == .moved(4))
    #expect(ended.server.canReceive)
    #expect(ended.server.receive(into: input) == .endOfStream)
    #expect(ended.server.fault == nil)

    let cut = try Wire(config)
    cut.shakeHands()
    shutdown(cut.clientSocket, Int32(SHUT_WR))
    cut.server.onReadable(peerClosed: true)
    #expect(cut.server.receive(into: input) == .failed(ECONNRESET))
    #expect(cut.server.fault == .truncated)
  }

  @Test func sendsOnAfterThePeerHasEnded() throws {
    let wire = try Wire()
    wire.shakeHands()
    wire.client.sendClose()
    let input = ByteBuffer(capacity: 100)
    wire.server.onReadable(peerClosed: false)
    #expect(wire.server.receive(into: input) == .endOfStream)
    #expect(Wire.send("still here", from: wire.server, to: wire.client) == "still here")
  }

  @Test func readsWhatThePeerSaidBeforeItBroke() throws {
    let wire = try Wire()
    wire.shakeHands()
    let output = ByteBuffer(capacity: 100)
    output.append("final words")
    wire.server.onWritable()
    #expect(wire.server.send(from: output) == .moved(11))
    shutdown(wire.serverSocket, Int32(SHUT_RD))
    #expect(wire.client.send(from: output) == .failed(EPIPE))
    #expect(Wire.received(by: wire.client) == "final words")
  }

  @Test func neitherClosesTwiceNorBeforeTheHandshake() throws {
    let wire = try Wire()
    wire.client.onWritable()
    #expect(wire.client.sendClose())
    #expect(peeked(wire.serverSocket).isEmpty)
    wire.shakeHands()
    _ = Wire.received(by: wire.client)
    #expect(wire.server.sendClose())
    let count = peeked(wire.clientSocket).count
    #expect(count > 0)
    #expect(wire.server.sendClose())
    #expect(peeked(wire.clientSocket).count == count)
  }

  @Test func refusesBytesThatWereChanged() throws {
    let wire = try Wire()
    wire.shakeHands()
    Wire.sendPlain([23, 3, 3, 0, 20] + [UInt8](repeating: 9, count: 20), on: wire.clientSocket)
    wire.server.onReadable(peerClosed: false)
    #expect(wire.server.receive(into: ByteBuffer(capacity: 100)) == .failed(EPROTO))
    #expect(wire.server.fault?.cause.name.description == "protocol_violation")
  }
}

/// What waits on a socket, and is left there.
func peeked(_ fd: Int32) -> [UInt8] {
  var bytes = [UInt8](repeating: 0, count: 20_000)
  let n = recv(fd, &bytes, bytes.count, Int32(MSG_PEEK | MSG_DONTWAIT))
  return Array(bytes.prefix(max(0, n)))
}
