import Config
import HTTP1
import HTTPModel
import Patterns
import Platform
import Routing
import XDSTranslate

// What the harnesses of configuration share.

nonisolated(unsafe) private let workspace = PatternWorkspace()
nonisolated(unsafe) private let head = RequestHead()
private let isReady = readRequest()
private let origin = RequestOrigin(
  remoteAddress: SocketAddress("203.0.113.9", port: 4711)!,
  localAddress: SocketAddress("10.0.0.1", port: 8080)!)

/// Fills the head of the request that every table routes.
private func readRequest() -> Bool {
  var decoder = RequestHeadDecoder(limits: HTTP1Limits())
  let bytes = Array(
    "GET /v1/items/7?page=2&a=b HTTP/1.1\r\nhost: api.example:8080\r\nx-user: 7\r\nx-env: a,b\r\n\r\n"
      .utf8)
  guard case .head? = try? decoder.decode(bytes.span, into: head) else {
    preconditionFailure("the request is well-formed")
  }
  return true
}

/// A configuration is taken, or refused with a reason that says something.
func expectReason(_ wasTaken: Bool, _ findings: [ConfigFinding]) {
  precondition(
    wasTaken != findings.contains { $0.standing == .rejected }, "refused, exactly for a reason")
  precondition(findings.allSatisfy { !$0.text.isEmpty }, "a finding says what it found")
}

/// Compiles a listener's own routes.
func compile(_ listener: ListenerConfig) {
  for chain in listener.allFilterChains {
    guard case .http(let manager) = chain.filter, case .inline(let routes) = manager.routes
    else { continue }
    compile(routes)
  }
}

/// Compiles routes and lets them route a request.
func compile(_ routes: RouteConfigurationConfig) {
  let table = RouteTable(compiling: routes, hostName: "node") { _ in ClusterID(slot: 0) }
  precondition(isReady)
  _ = table.match(head, from: origin, random: 0x9E37_79B9_7F4A_7C15, workspace)
}
