import Config
import Platform

/// What every session of one configuration shares: certificates, trust, protocols. Made once by the
/// control loop, then used by all workers. A change makes a new one; sessions keep theirs.
public final class TLSContext: Sendable {
  /// The leaves of our own certificates.
  public let certificates: [TLSCertificate]
  /// What peers' certificates must lead to.
  public let authorities: [TLSCertificate]
  /// What an operator should know, though it stops nothing: an expired certificate, a chain out of
  /// order; each with the field it is about.
  public let warnings: [TLSContextFault]
  /// Clients that need not name themselves may still be asked to.
  public let validation: TLSValidationConfig?
  public let isServer: Bool
  /// What tickets are sealed with; nil: no tickets.
  let ticketKeys: TicketKeyRing?
  /// The name a client's session asks for; empty: none.
  let serverName: String
  let verifiesServerName: Bool
  let native: SSLContext
  private let revocationLists: [RevocationList]
  private let protocols: [[UInt8]]
  private let staples: [OCSPStaple]

  /// TLS towards clients.
  /// - Parameters:
  ///   - ticketKeys: shared by contexts among which sessions are to be resumed, unless the configuration
  ///     has keys; nil: keys of its own.
  ///   - scope: what sessions of this context may be resumed by besides it: contexts of the same scope
  ///     that judge clients in the same way.
  public init(
    downstream config: DownstreamTLSConfig, ticketKeys: TicketKeyRing? = nil,
    scope: ResumptionScope? = nil
  ) throws(TLSContextFault) {
    var builder = try TLSContextBuilder(config.common, isServer: true)
    guard !builder.certificates.isEmpty else {
      throw TLSContextFault("tls_certificates", "is empty; a server needs a certificate")
    }
    try builder.judgeClients(config)
    if !config.prefersClientCiphers { builder.native.preferServerCiphers() }
    builder.native.setAutomaticDH()
    if !config.common.applicationProtocols.isEmpty { builder.native.chooseProtocols() }
    if !builder.staples.isEmpty { builder.native.stapleResponses() }
    if config.resumesSessions {
      let seconds = Int(clamping: config.sessionLifetime.components.seconds)
      builder.native.issueTickets(lifetimeSeconds: max(1, seconds))
      self.ticketKeys = try TicketKeyRing(config.ticketKeys) ?? ticketKeys ?? TicketKeyRing()
    } else {
      builder.native.disableTickets()
      self.ticketKeys = nil
    }
    builder.native.setResumptionScope(config.resumptionScope(scope))
    certificates = builder.certificates
    authorities = builder.authorities
    revocationLists = builder.revocationLists
    warnings = builder.warnings
    validation = config.common.validation
    isServer = true
    serverName = ""
    verifiesServerName = false
    native = builder.native
    protocols = builder.protocols
    staples = builder.staples
  }

  /// TLS towards endpoints.
  public init(upstream config: UpstreamTLSConfig) throws(TLSContextFault) {
    var builder = try TLSContextBuilder(config.common, isServer: false)
    try builder.judgeServers(config)
    builder.native.offer(
      protocols: builder.protocols.flatMap { [UInt8(truncatingIfNeeded: $0.count)] + $0 })
    builder.native.reportSessions()
    certificates = builder.certificates
    authorities = builder.authorities
    revocationLists = builder.revocationLists
    warnings = builder.warnings
    validation = config.common.validation
    isServer = false
    ticketKeys = nil
    serverName = config.serverName
    verifiesServerName = config.verifiesServerName
    native = builder.native
    protocols = builder.protocols
    staples = []
  }

  private static let http2 = Array("h2".utf8)

  /// It names protocols itself (ALPN).
  var offersProtocols: Bool { !protocols.isEmpty }

  /// Nobody is turned down whom `earlier` has let pass, if both ask for the same but for authorities and
  /// what those revoked. Cost: linear in both.
  public func acceptsNoFewer(than earlier: TLSContext) -> Bool {
    trustsNoLess(than: earlier) && revokesNoMore(than: earlier)
  }

  private func trustsNoLess(than earlier: TLSContext) -> Bool {
    // Without any nothing is verified.
    authorities.isEmpty == earlier.authorities.isEmpty
      && Set(authorities.map(\.sha256)).isSuperset(of: earlier.authorities.map(\.sha256))
  }

  private func revokesNoMore(than earlier: TLSContext) -> Bool {
    if revocationLists.isEmpty { return true }
    // Whose issuer no list tells of is turned down.
    let tellsOfAll = earlier.revocationLists.allSatisfy { list in
      revocationLists.contains { $0.isOfIssuer(of: list) }
    }
    return tellsOfAll && !earlier.revocationLists.isEmpty
      && revocationLists.allSatisfy { $0.isWithin(earlier.revocationLists) }
  }

  // MARK: what handshakes ask

  /// Where the protocol we like best stands among those a client offers; nil: nowhere.
  /// - Parameter butHTTP2: HTTP/2 may not be spoken on the connection.
  func chooseProtocol(among offered: Span<UInt8>, butHTTP2: Bool = false) -> Range<Int>? {
    for wanted in protocols where !(butHTTP2 && wanted == Self.http2) {
      var list = ByteReader(offered)
      while let name = list.vector8() {
        if name.count == wanted.count, name.indices.allSatisfy({ name[$0] == wanted[$0] }) {
          return (list.position - name.count)..<list.position
        }
      }
    }
    return nil
  }

  /// The response about a certificate of ours, unless it is out of date.
  func staple(for certificate: TLSCertificate) -> OCSPStaple? {
    let number = certificate.serialNumber
    guard let staple = staples.first(where: { $0.serialNumber == number }) else { return nil }
    if let nextUpdate = staple.nextUpdate, nextUpdate < WallInstant.now().seconds { return nil }
    return staple
  }
}

extension WallInstant {
  /// Whole seconds since the Unix epoch.
  var seconds: Int64 { Int64(nanoseconds / 1_000_000_000) }
}
