import HTTP2
import Platform
import TLS
import Testing

@testable import Proxying

@Suite struct PeerFaultsTests {
  private func peer(_ port: UInt16) -> SocketAddress { .loopback(port: port) }

  @Test func eachKindIsToldOnceWithItsCountAndItsLast() {
    var faults = PeerFaults()
    faults.note(.ping, from: peer(1))
    faults.note(.ping, from: peer(2))
    faults.note(.plaintextHTTP, of: peer(3), at: "listener in")
    let lines = faults.take()
    #expect(lines.count == 2)
    #expect(
      lines.first?.hasPrefix("2 HTTP/2 connections closed for floods, the last of 127.0.0.1:2: ")
        == true)
    #expect(
      lines.last?.hasPrefix("1 TLS handshakes failed, the last at listener in with 127.0.0.1:3: ")
        == true)
    #expect(faults.take().isEmpty)
  }
}
