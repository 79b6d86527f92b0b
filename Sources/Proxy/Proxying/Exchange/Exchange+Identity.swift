import HTTP1
import HTTPModel
import Memory
import Platform
import Routing
import Telemetry

/// What the connection manager changes in the heads of every exchange, whatever their route.
extension Exchange {
  /// Refuses what the connection manager does not serve, and gives the rest the form that routes
  /// are written for. False when the request was answered.
  func admit(_ rules: ConnectionManagerRules) -> Bool {
    if requestHead.method == .connect, !admitConnect() { return false }
    let isProbe = requestHead.method == .options || requestHead.method == .trace
    if isProbe, !mayForwardProbe() { return false }
    if requestHead.version < .http11, !rules.acceptsHTTP10 {
      reply(.unsupported(status: 426, "http_1_0_not_accepted"))
      return false
    }
    if requestHead.authority.isEmpty, !rules.defaultHost.isEmpty {
      let host = rules.defaultHost
      requestHead.replaceAuthority(with: host.span)
    }
    if rules.underscores != .allow, !siftUnderscores(rules.underscores) { return false }
    if let paths = rules.paths {
      let head = requestHead
      switch paths.apply(to: head) {
      case .proceed: break
      case .reject:
        reply(.unsupported(status: 400, "path_normalization_failed"))
        return false
      case .redirect:
        reply(redirectStatus: 307, location: head.text(head.target))
        return false
      }
    }
    if rules.dropsPort, requestHead.method != .connect { requestHead.dropPort() }
    return true
  }

  /// A client that asks who stands on the way is answered when its request may go no further (RFC 9110
  /// section 7.6.2). We serve no TRACE, which would show the fields that proxies have added.
  private func mayForwardProbe() -> Bool {
    switch requestHead.countForward() {
    case .open: return true
    case .malformed: reply(.unsupported(status: 400, "max_forwards_invalid"))
    case .reached where requestHead.method == .trace:
      reply(.unsupported(status: 501, "trace_not_served"))
    case .reached: replyAsLastRecipient()
    }
    return false
  }

  /// Adds what tells the request and its client apart further on.
  func identify(_ rules: ConnectionManagerRules) {
    if rules.generatesRequestID, requestHead.firstIndex(of: .xRequestID) == nil {
      requestHead.addRequestID(high: worker.randomWord(), low: worker.randomWord())
    }
    trustClient(rules)
    if record.isSecure || requestHead.firstIndex(of: .xForwardedClientCert) != nil {
      tellClientCertificate(rules.forwardedCertificate.mode)
    }
    removeFeignedFields(of: requestHead, rules)
    if rules.usesRemoteAddress, rules.trustedHops == 0 { requestHead.remove(.xForwardedProto) }
    if let index = requestHead.nextIndex(of: .xForwardedProto) {
      let head = requestHead
      origin.isSecure = head.value(at: index).equalsIgnoringCase("https")
    } else {
      origin.isSecure = record.isSecure
      requestHead.add(.xForwardedProto, record.isSecure ? "https" : "http")
    }
    if !rules.via.isEmpty { requestHead.add(.via, bytes: rules.via) }
  }

  /// Finds the address that counts as the client's: the peer, or what trusted proxies wrote.
  private func trustClient(_ rules: ConnectionManagerRules) {
    let hops = rules.usesRemoteAddress ? rules.trustedHops - 1 : rules.trustedHops
    if hops >= 0, let client = requestHead.forwardedClient(skipping: hops) {
      origin.remoteAddress = client
      record.downstreamRemote = client
    }
    if rules.appendsForwardedFor { requestHead.addForwardedFor(record.downstreamDirect) }
  }

  /// Adds what the proxy says of itself in every response. `date` is added where the upstream sent
  /// none (RFC 9110 section 6.6.1).
  func signResponse(_ rules: ConnectionManagerRules) {
    if responseHead.firstIndex(of: .date) == nil {
      responseHead.addField(.date, name: KnownHeader.date.name) {
        worker.date.write(at: worker.loop.now, to: responseHead.bytes)
      }
    }
    let hasServer = rules.keepsServer && responseHead.firstIndex(of: .server) != nil
    if !rules.serverName.isEmpty, !hasServer {
      responseHead.remove(.server)
      responseHead.add(.server, bytes: rules.serverName)
    }
    if !rules.via.isEmpty { responseHead.add(.via, bytes: rules.via) }
  }
}
