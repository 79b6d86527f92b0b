import Config
import Platform

/// One address of a cluster, as one worker sees it. It keeps its identity, and with it its pooled
/// connections and counters, for as long as the address stays in the endpoint set.
/// Owning worker only.
public final class UpstreamEndpoint {
  public let address: SocketAddress

  // What the endpoint set says.

  /// `Endpoint.hostname`, or the resolved name; empty when there is none.
  public private(set) var hostname: String
  /// Which entry of the endpoint set it came from; see `UpstreamCluster.locality(of:)`.
  public private(set) var localityIndex: Int
  /// At least 1.
  public private(set) var weight: UInt32
  public private(set) var health: EndpointConfig.Health
  /// The address left the endpoint set: idle connections close, active ones finish.
  public internal(set) var isRemoved = false
  /// The last update that named this address; tells survivors and duplicates apart.
  var updateNumber: UInt64 = 0

  // What happened there.

  /// Requests this worker has under way there, and connections of a TCP proxy; the least-request
  /// policy reads it.
  public private(set) var activeRequests = 0
  /// Connections this worker holds there, idle ones included.
  public private(set) var activeConnections = 0
  public private(set) var counters = EndpointCounters()
  /// Where the owner keeps this endpoint's connection pool; -1: none yet.
  public var poolIndex = -1

  init(_ config: EndpointConfig, localityIndex: Int) {
    address = config.address
    hostname = config.hostname
    weight = max(1, config.weight)
    health = config.health
    self.localityIndex = localityIndex
  }

  /// Takes over what an update says; true when that changes how the cluster balances.
  func refresh(_ config: EndpointConfig, localityIndex newLocality: Int) -> Bool {
    let newWeight = max(1, config.weight)
    let changes =
      weight != newWeight || health != config.health || localityIndex != newLocality
    if changes {
      weight = newWeight
      health = config.health
      localityIndex = newLocality
    }
    if hostname != config.hostname { hostname = config.hostname }
    return changes
  }

  // MARK: what the owner tells

  public func requestBegan() { activeRequests &+= 1 }

  /// Once for each `requestBegan`.
  public func requestEnded(_ outcome: RequestOutcome) {
    activeRequests &-= 1
    switch outcome {
    case .success: counters.successes &+= 1
    case .failure: counters.failures &+= 1
    case .timeout:
      counters.failures &+= 1
      counters.timeouts &+= 1
    case .cancelled: counters.cancellations &+= 1
    }
  }

  public func connectionBegan() {
    activeConnections &+= 1
    counters.connections &+= 1
  }

  /// Once for each `connectionBegan`.
  public func connectionEnded() { activeConnections &-= 1 }

  public func connectFailed() { counters.connectFailures &+= 1 }
}

/// How a request ended as far as its endpoint is concerned.
public enum RequestOutcome: Sendable {
  /// It was answered with a status below 500.
  case success
  case failure
  /// No answer came in time: a failure, too.
  case timeout
  /// The client gave it up.
  case cancelled
}

/// What one worker counted at one endpoint since it was added.
public struct EndpointCounters: Equatable, Sendable {
  public var successes: UInt64 = 0
  public var failures: UInt64 = 0
  /// Failures for want of time.
  public var timeouts: UInt64 = 0
  public var cancellations: UInt64 = 0
  public var connections: UInt64 = 0
  public var connectFailures: UInt64 = 0
  public init() {}
}

/// What one worker has to say of one endpoint; those of several workers add up.
public struct EndpointReport: Sendable {
  public let address: SocketAddress
  public private(set) var activeRequests: Int
  public private(set) var activeConnections: Int
  public private(set) var counters: EndpointCounters

  public init(_ endpoint: UpstreamEndpoint) {
    address = endpoint.address
    activeRequests = endpoint.activeRequests
    activeConnections = endpoint.activeConnections
    counters = endpoint.counters
  }

  /// Nothing happened there yet.
  public init(_ address: SocketAddress) {
    self.address = address
    activeRequests = 0
    activeConnections = 0
    counters = .init()
  }

  /// Requests begun.
  public var requests: UInt64 {
    counters.successes &+ counters.failures &+ counters.cancellations &+ UInt64(activeRequests)
  }

  public mutating func add(_ other: EndpointReport) {
    activeRequests += other.activeRequests
    activeConnections += other.activeConnections
    counters.successes &+= other.counters.successes
    counters.failures &+= other.counters.failures
    counters.timeouts &+= other.counters.timeouts
    counters.cancellations &+= other.counters.cancellations
    counters.connections &+= other.counters.connections
    counters.connectFailures &+= other.counters.connectFailures
  }
}
