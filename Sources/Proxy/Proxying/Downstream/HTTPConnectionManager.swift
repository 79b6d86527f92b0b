import Config
import Platform
import Routing
import Telemetry

/// The HTTP connection manager of one listener on one worker. Connections ask it for everything that
/// may change while they live.
final class HTTPConnectionManager {
  private(set) var config: HTTPConnectionManagerConfig
  private(set) var rules: ConnectionManagerRules
  private(set) var reporter: ExchangeReporter
  /// What its connections were let in by.
  let trust: PeerTrust
  let faults: ListenerFaults
  /// nil: it has not arrived.
  var table: RouteTable?
  /// When it began to drain; nil: it does not.
  private(set) var drainBegan: MonotonicInstant?
  private var connections: [ObjectIdentifier: any DownstreamConnection] = [:]

  var stats: HTTPStats { reporter.stats }
  var isDraining: Bool { drainBegan != nil }

  init(
    _ listener: ListenerConfig, _ config: HTTPConnectionManagerConfig, _ table: RouteTable?,
    _ reporter: ExchangeReporter, _ trust: PeerTrust, _ faults: ListenerFaults
  ) {
    self.trust = trust
    self.faults = faults
    self.config = config
    self.table = table
    self.reporter = reporter
    rules = ConnectionManagerRules(listener, config)
  }

  func update(
    _ listener: ListenerConfig, _ new: HTTPConnectionManagerConfig, _ table: RouteTable?,
    _ reporter: ExchangeReporter
  ) {
    config = new
    if let table { self.table = table }
    if reporter.stats !== stats { moveGauges(to: reporter.stats) }
    self.reporter = reporter
    rules = ConnectionManagerRules(listener, new)
  }

  /// What is under way ends under the new `stat_prefix`.
  private func moveGauges(to new: HTTPStats) {
    let requests = connections.values.reduce(0) { $0 + $1.activeRequestCount }
    stats.downstreamConnectionActive.subtract(UInt64(connections.count))
    new.downstreamConnectionActive.add(UInt64(connections.count))
    stats.downstreamRequestActive.subtract(UInt64(requests))
    new.downstreamRequestActive.add(UInt64(requests))
    let tunnels = connections.values.reduce(0) { $0 + $1.tunnelCount }
    stats.upgradesActive.subtract(UInt64(tunnels))
    new.upgradesActive.add(UInt64(tunnels))
  }

  // MARK: connections

  var connectionCount: Int { connections.count }

  func add(_ connection: any DownstreamConnection) {
    connections[ObjectIdentifier(connection)] = connection
    stats.downstreamConnectionTotal.add()
    stats.downstreamConnectionActive.add()
  }

  /// The connection is another object from now on.
  func replace(_ connection: any DownstreamConnection, by other: any DownstreamConnection) {
    connections[ObjectIdentifier(connection)] = nil
    connections[ObjectIdentifier(other)] = other
  }

  func remove(_ connection: any DownstreamConnection) {
    connections[ObjectIdentifier(connection)] = nil
    stats.downstreamConnectionActive.subtract()
    stats.downstreamConnectionDestroyed.add()
  }

  /// Connections close after the next response, which says so, or when none is asked for in time: a
  /// request may be on its way to one that looks idle.
  func drain(now: MonotonicInstant) {
    guard drainBegan == nil else { return }
    drainBegan = now
    for connection in Array(connections.values) { connection.drain() }
  }

  /// Notes how far each client has come, for `shedStalled`.
  func markStalled() { forEachExchange { _ = $0.markStalled() } }

  /// Resets what holds memory for clients that did nothing since they were last marked, and marks the others.
  /// - Returns: how many.
  func shedStalled() -> Int {
    var count = 0
    forEachExchange {
      guard $0.markStalled() else { return }
      count += 1
      $0.onShed()
    }
    stats.downstreamRequestOverloadReset.add(UInt64(count))
    return count
  }

  /// Ends what has gone on for the drain's time to endpoints whose trust was withdrawn.
  func cutDistrusted(now: MonotonicInstant) {
    let patience = rules.timeouts.drain
    forEachExchange {
      guard let since = $0.upstream?.trust.withdrawn,
        now >= since.advanced(byMilliseconds: patience)
      else { return }
      $0.onDistrusted()
    }
  }

  /// Calls `body` with each exchange under way, which it may end.
  private func forEachExchange(_ body: (Exchange) -> Void) {
    for connection in Array(connections.values) { connection.forEachExchange(body) }
  }

  /// The time of those it let in is up: as long as a drain may take, since clients are judged otherwise.
  func isCut(now: MonotonicInstant) -> Bool {
    trust.withdrawn.map { now >= $0.advanced(byMilliseconds: rules.timeouts.drain) } ?? false
  }

  /// The drain's time is up.
  func cut() { for connection in Array(connections.values) { connection.cut() } }
}
