import Config
import Memory
import Testing

@testable import TLS

struct ResumptionTests {
  /// A session that a full handshake with `server` leaves with the client.
  private func session(
    _ client: TLSContext, _ server: TLSContext, resuming saved: SavedTLSSession? = nil
  ) -> (saved: SavedTLSSession?, isResumed: Bool) {
    let wire = Wire(client: client, server: server, resuming: saved)
    #expect(wire.shakeHands() == (.done, .done))
    // With TLS 1.3 the ticket comes behind the handshake.
    #expect(Wire.send("hello", from: wire.server, to: wire.client) == "hello")
    #expect(wire.client.isResumed == wire.server.isResumed)
    return (wire.client.savedSession, wire.server.isResumed)
  }

  private func client(_ version: TLSVersion = .tls13) throws -> TLSContext {
    try TLSContext(upstream: .trusting { $0.common.parameters.maximumVersion = version })
  }

  @Test(arguments: [TLSVersion.tls12, .tls13])
  func resumesByTicket(version: TLSVersion) throws {
    let client = try client(version)
    let server = try TLSContext(downstream: .with())
    let (first, wasResumed) = session(client, server)
    #expect(!wasResumed)
    let saved = try #require(first)
    let (second, isResumed) = session(client, server, resuming: saved)
    #expect(isResumed)
    #expect(version == .tls12 || second != nil)
  }

  @Test func outlivesACertificate() throws {
    let ring = TicketKeyRing()
    let client = try client()
    let old = try TLSContext(downstream: .with(), ticketKeys: ring)
    let new = try TLSContext(downstream: .with("server_rsa"), ticketKeys: ring)
    let saved = session(client, old).saved
    #expect(session(client, new, resuming: saved).isResumed)
    let unrelated = try TLSContext(downstream: .with())
    #expect(!session(client, unrelated, resuming: saved).isResumed)
  }

  @Test(arguments: [TLSVersion.tls12, .tls13])
  func outlivesRotationsOfTheKeysForAWhile(version: TLSVersion) throws {
    let ring = TicketKeyRing()
    let client = try client(version)
    let server = try TLSContext(downstream: .with(), ticketKeys: ring)
    let waiting = (0..<2).map { _ in session(client, server).saved }
    var latest = session(client, server).saved
    for _ in 0..<TicketKeys.maxPrevious {
      ring.rotate()
      let (renewed, isResumed) = session(client, server, resuming: latest)
      #expect(isResumed)
      #expect(renewed != nil)
      latest = renewed
    }
    // The oldest key that is kept still opens tickets.
    #expect(session(client, server, resuming: waiting[0]).isResumed)
    ring.rotate()
    #expect(!session(client, server, resuming: waiting[1]).isResumed)
    // What was resumed with an old key was sealed anew with the current one.
    #expect(session(client, server, resuming: latest).isResumed)
  }

  @Test func sharesKeysThatWereConfigured() throws {
    let secret = SecretBytes((0..<80).map { UInt8($0) })
    let key = try #require(TicketKey(secret))
    #expect(TicketKey(SecretBytes([1, 2, 3])) == nil)
    let client = try client()
    let saved = session(
      client,
      try TLSContext(downstream: .with(), ticketKeys: TicketKeyRing(TicketKeys(current: key)))
    ).saved
    let elsewhere = TicketKeyRing(TicketKeys(current: .random(), previous: [key]))
    let other = try TLSContext(downstream: .with(), ticketKeys: elsewhere)
    #expect(session(client, other, resuming: saved).isResumed)
  }

  @Test func doesNotCarryASessionToWhereClientsAreJudgedOtherwise() throws {
    let ring = TicketKeyRing()
    let client = try TLSContext(upstream: .showing("client"))
    let open = try TLSContext(downstream: .with(), ticketKeys: ring)
    let mutual = try TLSContext(downstream: .mutual(), ticketKeys: ring)
    let named = try TLSContext(
      downstream: .mutual { $0.names = [.init(.dns, .init(.exact("client.example")))] },
      ticketKeys: ring)
    let fromOpen = session(client, open).saved
    #expect(!session(client, mutual, resuming: fromOpen).isResumed)
    let fromMutual = session(client, mutual).saved
    #expect(session(client, mutual, resuming: fromMutual).isResumed)
    #expect(!session(client, named, resuming: fromMutual).isResumed)
  }

  @Test func bindsASessionToTheFilterChainHoweverThatIsKnown() throws {
    let ring = TicketKeyRing()
    let client = try TLSContext(upstream: .showing("client"))
    func context(_ chain: FilterChainKey) throws -> TLSContext {
      let scope = ResumptionScope(listener: "in", chain: chain)
      return try TLSContext(downstream: .mutual(), ticketKeys: ring, scope: scope)
    }
    var matches = [FilterChainMatchConfig](repeating: .init(), count: 5)
    matches[1].destinationPort = 443
    matches[2].sourcePorts = [443]
    matches[3].serverNames = ["a.example"]
    matches[4].applicationProtocols = ["a.example"]
    let keys = [.fallback, .name(""), .name("default")] + matches.map { FilterChainKey.match($0) }
    for key in keys {
      let saved = try session(client, context(key)).saved
      for other in keys {
        #expect(try session(client, context(other), resuming: saved).isResumed == (other == key))
      }
    }
  }

  @Test func knowsTheClientOfAResumedSession() throws {
    let client = try TLSContext(upstream: .showing("client"))
    let server = try TLSContext(downstream: .mutual())
    let saved = session(client, server).saved
    let wire = Wire(client: client, server: server, resuming: saved)
    wire.shakeHands()
    #expect(wire.server.isResumed)
    #expect(wire.server.peerCertificate?.subject == "CN=client,O=Example")
  }

  /// What was found in the full handshake counts, not that it was taken.
  @Test(arguments: [("stranger", false), ("client", true)], [TLSVersion.tls12, .tls13])
  func remembersWhetherTheClientWasVerified(
    shown: (name: String, isVerified: Bool), version: TLSVersion
  ) throws {
    var config = UpstreamTLSConfig.showing(shown.name)
    config.common.parameters.maximumVersion = version
    let client = try TLSContext(upstream: config)
    let server = try TLSContext(downstream: .mutual { $0.acceptsUntrusted = true })
    let saved = session(client, server).saved
    let wire = Wire(client: client, server: server, resuming: saved)
    wire.shakeHands()
    #expect(wire.server.isResumed && wire.server.isPeerVerified == shown.isVerified)
  }

  @Test(arguments: [TLSVersion.tls12, .tls13])
  func issuesNoTicketsWhereSessionsAreNotResumed(version: TLSVersion) throws {
    let client = try client(version)
    let server = try TLSContext(downstream: .with { $0.resumesSessions = false })
    let saved = session(client, server).saved
    #expect(!session(client, server, resuming: saved).isResumed)
    #expect(version == .tls12 || saved == nil)
  }

  @Test func resumesOnlyWithTheContextThatVerified() throws {
    let server = try TLSContext(downstream: .with())
    let saved = session(try client(), server).saved
    #expect(!session(try client(), server, resuming: saved).isResumed)
  }

  @Test func keysAreForgottenInOrder() {
    let first = TicketKeys()
    let second = first.rotated()
    let third = second.rotated()
    #expect(second.previous == [first.current])
    #expect(third.previous == [second.current, first.current])
    #expect(third.rotated().previous == [third.current, second.current])
    #expect(!"\(third)".contains("\(third.current.macKey.bytes)"))
  }
}
