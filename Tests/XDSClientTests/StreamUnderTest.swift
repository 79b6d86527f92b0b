import Config
import Platform
import Reactor
import Testing
import XDSTranslate

@testable import XDSClient

/// An `ADSClient` on a loop of its own, with everything it said.
final class StreamUnderTest {
  let loop: EventLoop
  private(set) var client: ADSClient!
  private(set) var log: [String] = []
  private(set) var clusters: [String: ClusterConfig] = [:]
  private(set) var endpoints: [String: EndpointSet] = [:]
  private(set) var listeners: [String: ListenerConfig] = [:]
  private(set) var routes: [String: RouteConfigurationConfig] = [:]
  /// Each resource told, in order, as `cluster a` or `-cluster a`.
  private(set) var order: [String] = []
  var endpoint: SocketAddress?

  /// Connects to that port at once.
  convenience init(port: UInt16) throws {
    try self.init(settings: .quick)
    endpoint = .loopback(port: port)
    client.start()
  }

  init(settings: ADSSettings) throws {
    loop = try EventLoop()
    let node = NodeConfig(id: "node-1", cluster: "test", encoded: [0x0A, 6] + Array("node-1".utf8))
    client = ADSClient(
      ADSConfig(cluster: "control-plane"), bootstrap: .init(node: node),
      settings: settings, on: loop,
      endpointProvider: { [unowned self] _ in endpoint },
      onResources: { [unowned self] in
        take($0)
        return []
      },
      log: { [unowned self] in log.append("\($0): \($1)") })
  }

  deinit { client.stop() }

  private func take(_ update: ResourceUpdate) {
    switch update {
    case .clusters(let accepted, let removed):
      for one in accepted { clusters[one.name] = one.value }
      for name in removed { clusters[name] = nil }
      order += accepted.map { "cluster \($0.name)" } + removed.map { "-cluster \($0)" }
    case .endpoints(let accepted):
      for one in accepted { endpoints[one.name] = one.value }
      order += accepted.map { "endpoints \($0.name)" }
    case .listeners(let accepted, let removed):
      for one in accepted { listeners[one.name] = one.value }
      for name in removed { listeners[name] = nil }
      order += accepted.map { "listener \($0.name)" } + removed.map { "-listener \($0)" }
    case .routes(let accepted):
      for one in accepted { routes[one.name] = one.value }
      order += accepted.map { "routes \($0.name)" }
    }
  }

  /// Turns the loop until the condition holds; fails the test after `seconds`.
  func run(
    _ what: String, seconds: Double = 60, until condition: () -> Bool,
    at place: SourceLocation = #_sourceLocation
  ) throws {
    let deadline = MonotonicInstant.now().advanced(by: .seconds(seconds))
    while !condition() {
      guard MonotonicInstant.now() < deadline else {
        Issue.record(
          "\(what) did not come about\n\(log.joined(separator: "\n"))", sourceLocation: place)
        throw TimedOut()
      }
      loop.turn(maxWait: 10)
    }
  }

  struct TimedOut: Error {}
}

extension ADSSettings {
  /// Short delays, so that a test of them is quick.
  static var quick: ADSSettings {
    var settings = ADSSettings()
    settings.backoffBase = .milliseconds(40)
    settings.backoffCeiling = .milliseconds(80)
    return settings
  }
}
