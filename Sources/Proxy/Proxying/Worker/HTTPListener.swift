import Config
import HTTP1
import Platform
import Routing
import Telemetry

/// The HTTP connection manager of one listener on one worker. Connections ask it for everything that
/// may change while they live.
final class HTTPListener {
  private(set) var config: HTTPConnectionManagerConfig
  private(set) var reporter: ExchangeReporter
  /// nil: no tracing is configured, and trace headers pass as they are.
  private(set) var sampler: TraceSampler?
  private(set) var limits: HTTP1Limits
  private(set) var timeouts: DownstreamTimeouts
  private(set) var rules: IdentityRules
  /// nil: it has not arrived.
  var table: RouteTable?
  /// When it began to drain; nil: it does not.
  private(set) var drainBegan: MonotonicInstant?
  /// Failures name their flag and cause in response headers: in a mesh, not at its edge.
  private(set) var explainsFailures: Bool
  private var connections: [ObjectIdentifier: HTTP1Downstream] = [:]

  var stats: HTTPStats { reporter.stats }
  var isDraining: Bool { drainBegan != nil }

  init(
    _ listener: ListenerConfig, _ config: HTTPConnectionManagerConfig, _ table: RouteTable?,
    _ reporter: ExchangeReporter
  ) {
    self.config = config
    self.table = table
    self.reporter = reporter
    sampler = config.tracing.map { TraceSampler(percent: $0.randomSamplingPercent) }
    limits = HTTP1Limits(config)
    timeouts = DownstreamTimeouts(config)
    rules = IdentityRules(config)
    explainsFailures = listener.trafficDirection != .unspecified
  }

  func update(
    _ listener: ListenerConfig, _ new: HTTPConnectionManagerConfig, _ table: RouteTable?,
    _ reporter: ExchangeReporter
  ) {
    config = new
    if let table { self.table = table }
    if reporter.stats !== stats { moveGauges(to: reporter.stats) }
    self.reporter = reporter
    sampler = new.tracing.map { TraceSampler(percent: $0.randomSamplingPercent) }
    limits = HTTP1Limits(new)
    timeouts = DownstreamTimeouts(new)
    rules = IdentityRules(new)
    explainsFailures = listener.trafficDirection != .unspecified
  }

  /// What is under way ends under the new `stat_prefix`.
  private func moveGauges(to new: HTTPStats) {
    let requests = connections.values.count { $0.phase == .exchange }
    stats.downstreamConnectionActive.subtract(UInt64(connections.count))
    new.downstreamConnectionActive.add(UInt64(connections.count))
    stats.downstreamRequestActive.subtract(UInt64(requests))
    new.downstreamRequestActive.add(UInt64(requests))
  }

  func isLastRequest(_ count: Int) -> Bool {
    config.maxRequestsPerConnection.map { count >= $0 } ?? false
  }

  // MARK: connections

  var connectionCount: Int { connections.count }

  func add(_ connection: HTTP1Downstream) {
    connections[ObjectIdentifier(connection)] = connection
    stats.downstreamConnectionTotal.add()
    stats.downstreamConnectionActive.add()
  }

  func remove(_ connection: HTTP1Downstream) {
    connections[ObjectIdentifier(connection)] = nil
    stats.downstreamConnectionActive.subtract()
    stats.downstreamConnectionDestroyed.add()
  }

  /// Connections close after the next response, which says so, or when none is asked for in time: a
  /// request may be on its way to one that looks idle.
  func drain(now: MonotonicInstant) {
    guard drainBegan == nil else { return }
    drainBegan = now
    for connection in Array(connections.values) { connection.armDeadline() }
  }

  /// The drain's time is up.
  func cut() { for connection in Array(connections.values) { connection.cut() } }
}

extension HTTP1Limits {
  init(_ config: HTTPConnectionManagerConfig) {
    self.init(maxHeadBytes: config.maxRequestHeadBytes, maxHeaderCount: config.maxHeaderCount)
  }
}

/// How long a client's connection may wait, in milliseconds; `UInt64.max` for ever.
struct DownstreamTimeouts {
  let idle: UInt64
  let head: UInt64
  let stream: UInt64
  let request: UInt64
  let connection: UInt64
  let drain: UInt64
  let delayedClose: UInt64

  init(_ config: HTTPConnectionManagerConfig) {
    idle = UInt64(milliseconds: config.idleTimeout)
    head = UInt64(milliseconds: config.requestHeadersTimeout)
    stream = UInt64(milliseconds: config.streamIdleTimeout)
    request = UInt64(milliseconds: config.requestTimeout)
    connection = UInt64(milliseconds: config.maxConnectionDuration)
    drain = UInt64(milliseconds: config.drainTimeout)
    delayedClose = UInt64(milliseconds: config.delayedCloseTimeout)
  }
}

extension UInt64 {
  /// Whole milliseconds of a duration, rounded up; `max` for nil.
  init(milliseconds duration: Duration?) {
    guard let duration else {
      self = .max
      return
    }
    let (seconds, attoseconds) = duration.components
    let rest = (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000
    self = UInt64(Swift.max(0, seconds)) &* 1000 &+ UInt64(Swift.max(0, rest))
  }
}
