import Config
import Platform

/// One address of a cluster, as one worker sees it. It keeps its identity, and with it its pooled
/// connections and counters, for as long as the address stays in the endpoint set.
/// Owning worker only.
public final class UpstreamEndpoint {
  public let address: SocketAddress
  /// `Endpoint.hostname`, or the resolved name; empty when there is none.
  public internal(set) var hostname: String
  /// Index into the cluster's `localities`.
  public internal(set) var localityIndex: Int
  public internal(set) var weight: UInt32
  public internal(set) var health: EndpointConfig.Health
  /// The address left the endpoint set: idle connections close, active ones finish.
  public internal(set) var isRemoved = false

  /// Requests this worker has under way there; the least-request policy reads it.
  public var activeRequests = 0
  /// Connections this worker holds there, idle ones included.
  public var activeConnections = 0
  /// Where the owner keeps this endpoint's connection pool; -1: none yet.
  public var poolIndex = -1
  public var counters = EndpointCounters()

  /// The last update that named this address; tells survivors and duplicates apart.
  var updateNumber: UInt64 = 0

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
}

/// What one worker counted at one endpoint since it was added.
public struct EndpointCounters: Equatable, Sendable {
  public var requests: UInt64 = 0
  public var requestErrors: UInt64 = 0
  public var connections: UInt64 = 0
  public var connectFailures: UInt64 = 0
  public init() {}
}
