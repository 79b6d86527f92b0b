import Config
import Platform
import Reactor

/// Keeps the names of a cluster resolved: every address of every name is an endpoint. A name that
/// cannot be resolved keeps the addresses it had. Owning loop only.
/// Source: `envoy.config.cluster.v3.Cluster`, STRICT_DNS.
public final class StrictDNSCluster {
  private unowned let loop: EventLoop
  private let clusterName: String
  private let overprovisioningPercent: UInt32
  private let onChange: (EndpointSet) -> Void
  private let onLookup: (DNSFailure?) -> Void
  private var names: [ResolvedName] = []
  /// What `onChange` was last told; nil before every name was tried once.
  public private(set) var endpoints: EndpointSet?

  /// - Parameters:
  ///   - onChange: gets the whole set, first when every name was tried once, even if that is empty,
  ///     then whenever it differs.
  ///   - onLookup: gets the outcome of each lookup: why it failed, nil when it was answered.
  public init(
    _ clusterName: String, _ discovery: DNSDiscovery, resolver: Resolver, on loop: EventLoop,
    onChange: @escaping (EndpointSet) -> Void, onLookup: @escaping (DNSFailure?) -> Void
  ) {
    self.loop = loop
    self.clusterName = clusterName
    overprovisioningPercent = discovery.overprovisioningPercent
    self.onChange = onChange
    self.onLookup = onLookup
    names = discovery.names.map {
      ResolvedName($0, discovery, resolver: resolver, on: loop, cluster: self)
    }
  }

  deinit { stop() }

  public func start() {
    for name in names { name.resolve() }
    if names.isEmpty { publish() }
  }

  /// Looks nothing up any more; neither closure is called after.
  public func stop() { for name in names { name.stop() } }

  fileprivate func onTried(_ failure: DNSFailure?) {
    onLookup(failure)
    if names.allSatisfy(\.wasTried) { publish() }
  }

  private func publish() {
    var localities: [LocalityEndpoints] = []
    for name in names {
      let config = name.config
      let endpoints = name.addresses.map {
        EndpointConfig(
          address: $0.with(port: config.port), hostname: config.host, weight: config.weight,
          health: config.health)
      }
      let place = localities.firstIndex {
        $0.locality == config.locality && $0.priority == config.priority
          && $0.weight == config.localityWeight
      }
      if let place {
        localities[place].endpoints += endpoints
      } else {
        localities.append(
          LocalityEndpoints(
            locality: config.locality, priority: config.priority, weight: config.localityWeight,
            endpoints: endpoints))
      }
    }
    let set = EndpointSet(
      clusterName: clusterName, localities: localities,
      overprovisioningPercent: overprovisioningPercent)
    guard set != endpoints else { return }
    endpoints = set
    onChange(set)
  }
}

/// One name of a cluster: its last good addresses and its next lookup.
private final class ResolvedName: EventHandler {
  let config: DNSDiscovery.Name
  /// Sorted, so that a server that rotates its answers changes nothing.
  private(set) var addresses: [SocketAddress] = []
  private(set) var wasTried = false
  private let lookup: DNSDiscovery.Lookup
  private let resolver: Resolver
  private unowned let loop: EventLoop
  private weak var cluster: StrictDNSCluster?
  private var schedule: RefreshSchedule
  private var timer: TimerHandle?
  private var isStopped = false

  init(
    _ config: DNSDiscovery.Name, _ discovery: DNSDiscovery, resolver: Resolver,
    on loop: EventLoop, cluster: StrictDNSCluster
  ) {
    self.config = config
    lookup = discovery.lookup
    schedule = RefreshSchedule(discovery)
    self.resolver = resolver
    self.loop = loop
    self.cluster = cluster
  }

  func resolve() {
    resolver.resolve(config.host, lookup: lookup) { [weak self] in self?.onResult($0) }
  }

  func stop() {
    isStopped = true
    if let timer { loop.disarm(timer) }
    timer = nil
  }

  override func onTimer(_ kind: TimerKind) {
    timer = nil
    resolve()
  }

  private func onResult(_ result: Result<[ResolvedAddress], DNSFailure>) {
    guard !isStopped else { return }
    wasTried = true
    var delay: Duration
    var failure: DNSFailure?
    switch result {
    case .success(let found):
      addresses = found.map(\.address).sorted { ($0.high, $0.low) < ($1.high, $1.low) }
      delay = schedule.onAnswer(found)
    case .failure(let why):
      delay = schedule.onFailure()
      failure = why
    }
    timer = loop.arm(
      self, TimerKind(0), at: MonotonicInstant.now().advanced(by: delay))
    cluster?.onTried(failure)
  }
}
