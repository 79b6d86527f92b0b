import Config
import Platform

/// One address of a cluster, as one worker sees it. It keeps its identity, and with it its pooled
/// connections and counters, for as long as the address stays in the endpoint set.
/// Owning worker only.
public final class UpstreamEndpoint {
  public let address: SocketAddress
  // Private, so that the optimizer proves accesses apart and checks none at run time.
  private var storedHostname: String
  private var storedLocalityIndex: Int
  private var storedWeight: UInt32
  private var storedHealth: EndpointConfig.Health
  private var storedIsRemoved = false
  private var storedActiveRequests = 0
  private var storedActiveConnections = 0
  private var storedPoolIndex = -1
  private var storedCounters = EndpointCounters()

  /// The last update that named this address; tells survivors and duplicates apart.
  var updateNumber: UInt64 = 0

  init(_ config: EndpointConfig, localityIndex: Int) {
    address = config.address
    storedHostname = config.hostname
    storedWeight = max(1, config.weight)
    storedHealth = config.health
    storedLocalityIndex = localityIndex
  }

  /// Takes over what an update says; true when that changes how the cluster balances.
  func refresh(_ config: EndpointConfig, localityIndex newLocality: Int) -> Bool {
    let newWeight = max(1, config.weight)
    let changes =
      weight != newWeight || health != config.health || localityIndex != newLocality
    if changes {
      storedWeight = newWeight
      storedHealth = config.health
      storedLocalityIndex = newLocality
    }
    if hostname != config.hostname { storedHostname = config.hostname }
    return changes
  }
}

extension UpstreamEndpoint {
  // MARK: what the endpoint set says

  /// `Endpoint.hostname`, or the resolved name; empty when there is none.
  public var hostname: String { storedHostname }
  /// Which entry of the endpoint set it came from; see `UpstreamCluster.locality(of:)`.
  public var localityIndex: Int { storedLocalityIndex }
  /// At least 1.
  public var weight: UInt32 { storedWeight }
  public var health: EndpointConfig.Health { storedHealth }
  /// The address left the endpoint set: idle connections close, active ones finish.
  public internal(set) var isRemoved: Bool {
    get { storedIsRemoved }
    set { storedIsRemoved = newValue }
  }

  // MARK: what the owner keeps

  /// Requests this worker has under way there; the least-request policy reads it.
  public var activeRequests: Int {
    get { storedActiveRequests }
    set { storedActiveRequests = newValue }
  }
  /// Connections this worker holds there, idle ones included.
  public var activeConnections: Int {
    get { storedActiveConnections }
    set { storedActiveConnections = newValue }
  }
  /// Where the owner keeps this endpoint's connection pool; -1: none yet.
  public var poolIndex: Int {
    get { storedPoolIndex }
    set { storedPoolIndex = newValue }
  }
  public var counters: EndpointCounters {
    get { storedCounters }
    set { storedCounters = newValue }
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
