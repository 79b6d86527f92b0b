import HTTP2
import Platform
import TLS
import Testing

@testable import Proxying

@Suite struct PeerFaultsTests {
  private func peer(_ port: UInt16) -> SocketAddress { .loopback(port: port) }

  @Test func eachKindAtAPlaceIsToldOnceWithItsCountAndItsLast() {
    var faults = PeerFaults()
    faults.note(.flood(.ping), of: peer(1), at: "listener in")
    faults.note(.tls(.plaintextHTTP), of: peer(3), at: "listener in")
    faults.note(.flood(.ping), of: peer(2), at: "listener in")
    faults.note(.tls(.certificate(.missing)), of: peer(4), at: "listener in")
    faults.note(.tls(.plaintextHTTP), of: peer(5), at: "cluster c")
    faults.note(.slowRequest, of: peer(6), at: "listener slow")
    let lines = faults.take().map(\.1).sorted()
    #expect(
      lines == [
        "cluster c: 1 TLS connections failed (plaintext_http), the last with 127.0.0.1:5: "
          + TLSFault.plaintextHTTP.description,
        "listener in: 1 TLS connections failed (no_client_certificate), the last with 127.0.0.1:4: "
          + TLSFault.certificate(.missing).description,
        "listener in: 1 TLS connections failed (plaintext_http), the last with 127.0.0.1:3: "
          + TLSFault.plaintextHTTP.description,
        "listener in: 2 HTTP/2 connections closed for floods (http2_ping_flood), the last with "
          + "127.0.0.1:2",
        "listener slow: 1 requests came too slowly and were given up, the last with 127.0.0.1:6",
      ])
    #expect(faults.take().isEmpty)
  }

  @Test func soManyKindsThatNoLogHoldsThemAreCountedTogether() {
    var faults = PeerFaults()
    for number in 0..<300 { faults.note(.noFilterChain, of: peer(1), at: "listener \(number)") }
    faults.note(.noFilterChain, of: peer(1), at: "listener 0")
    let lines = faults.take()
    #expect(lines.count == 257)
    #expect(lines.last?.1 == "44 more connections failed for other causes")
  }

  @Test func connectionsThatAreCutAreNoCauseForWarnings() {
    var faults = PeerFaults()
    faults.note(.tls(.truncated), of: peer(1), at: "listener in")
    #expect(faults.take().first?.0 == .info)
    faults.note(.tls(.renegotiation), of: peer(1), at: "listener in")
    #expect(faults.take().first?.0 == .warning)
  }
}
