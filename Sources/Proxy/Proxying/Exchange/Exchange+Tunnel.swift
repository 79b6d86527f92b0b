import HTTPModel
import Routing

/// How far a request has come that asks for the connection itself.
enum TunnelPhase {
  /// It asks for an answer.
  case none
  /// It was sent on, like any request. What the client sends behind it is not read before the endpoint has
  /// agreed, so that a refusal leaves a connection on which nothing but requests was ever seen.
  case asked
  /// Both bodies are bytes without frames until their sides end.
  case open
}

/// Requests that become tunnels: upgrades (RFC 9110 section 7.8) and CONNECT (RFC 9110 section 9.3.6).
extension Exchange {
  var asksForTunnel: Bool { !requestHead.upgrade.isEmpty || requestHead.method == .connect }

  /// Refuses a CONNECT that nobody could tell the end of. False when it was answered.
  func admitConnect() -> Bool {
    // What was sent behind a CONNECT that is refused is not to be read as requests.
    downstream?.closeAfterResponse()
    guard requestHead.version < .http2, requestHead.framing != .none else { return true }
    reply(.malformed(status: 400, "connect_with_body"))
    return false
  }

  /// Lets the request ask for what the route, or the connection manager, allows. An upgrade that is not
  /// allowed is not asked for: the request is served without it (RFC 9110 section 7.8), which HTTP/2 has no
  /// way to say. False when the request was answered.
  func admitTunnel(_ route: Route) -> Bool {
    guard let manager else { return false }
    let isConnect = requestHead.method == .connect
    if let rule = rule(of: route, manager.rules) {
      tunnel = .asked
      terminatesConnect = isConnect && rule.terminatesConnect
      // Of a stream the body is what follows the request; of a connection nothing belongs to it.
      request.holdBack(isEnded: isStream && requestHead.framing == .none)
      if isStream { requestHead.framing = .none }
      return true
    }
    requestHead.upgrade = .empty
    guard isConnect || isStream else { return true }
    reply(.upgradeNotAllowed)
    return false
  }

  /// The client asks on a stream of its own.
  private var isStream: Bool { requestHead.version == .http2 }

  private func rule(of route: Route, _ rules: ConnectionManagerRules) -> UpgradePolicy.Rule? {
    let head = requestHead
    return head.method == .connect
      ? route.upgrades.connect(else: rules.upgrades)
      : route.upgrades.upgrade(to: head.text(head.upgrade), else: rules.upgrades)
  }

  /// Bytes that came before the tunnel stands.
  func hold(_ bytes: Span<UInt8>) {
    record.requestBodyBytes &+= UInt64(bytes.count)
    request.hold(bytes)
  }

  /// A 101 switches to the protocol that was asked for, and does so behind the request.
  func hasAsked(for head: ResponseHead) -> Bool {
    let asking = requestHead
    guard tunnel == .asked, request.phase == .sent, !asking.upgrade.isEmpty else { return false }
    return head.text(head.upgrade).equalsIgnoringCase(asking.text(asking.upgrade))
  }

  /// The final response means that the tunnel stands.
  func grantsTunnel(_ head: ResponseHead) -> Bool {
    requestHead.method == .connect || wire == .http2
      ? 200..<300 ~= head.status : head.status == 101
  }

  /// The endpoint's side of the tunnel stands.
  func openTunnel() {
    let status = responseHead.status
    guard translateGrant() else { return onUpstreamFault("websocket_accept") }
    tunnel = .open
    manager?.stats.upgradesTotal.add()
    manager?.stats.upgradesActive.add()
    request.reopen()
    onResponseHead()
    record.attempt.status = status
    flushResponse()
    downstream?.onTunnelOpen(of: self)
  }

  /// The client would take a final response of that status for the tunnel.
  func wouldMistake(_ status: Int) -> Bool {
    asksForTunnel && (isStream || requestHead.method == .connect) && 200..<300 ~= status
  }
}
