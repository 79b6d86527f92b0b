import Config
import HTTP2
import HTTPModel
import Memory
import Patterns
import Platform
import Reactor
import Routing
import TLS
import Telemetry
import Upstreams

/// One thread of the data plane: its loop, buffers, connections and counters. It shares nothing it
/// writes with other workers; what it is told arrives in its mailbox.
public final class Worker: EventHandler {
  /// Pools are swept, clients that do nothing looked for, and telemetry handed over this often.
  private static let sweepTimer = (kind: TimerKind(0), milliseconds: UInt64(1000))
  private static let drainTimer = (kind: TimerKind(1), milliseconds: UInt64(20))
  /// Memory that came free is given back to the kernel when it is as much.
  private static let trimBytes = 1 << 20
  /// About what one of TLS holds.
  private static let connectionBytes = 16 << 10

  let index: Int
  let loop: EventLoop
  let buffers = BufferPool()
  let http2Memory = HTTP2Memory()
  /// The one trailer section being decoded; used up before the next one.
  let trailers = Trailers()
  let routing = PatternWorkspace()
  let date = DateClock()
  private(set) var clusterNames: ClusterNameIndex?
  private var random = FastRandom()
  let exchanges: ExchangePool
  private var descriptors: DescriptorReserve
  private var memory: MemoryWatch
  var peerFaults = PeerFaults()
  private let control: Mailbox<ControlMessage>
  private var receiver: MailboxReceiver<WorkerMessage>?
  private var listeners: [String: ListenerRuntime] = [:]
  /// Removed, with connections still open.
  private var retired: [HTTPConnectionManager] = []
  private var clusters: [ClusterRuntime?] = []
  private var relays: [ObjectIdentifier: TCPRelay] = [:]
  /// What connections to endpoints may still stand under.
  private var withdrawn: [PeerTrust] = []
  /// No filter has them yet.
  private var accepted: [ObjectIdentifier: AcceptedConnection] = [:]
  /// Memory was short at the last sweep.
  private var wasShort = false
  /// The most since memory was last given back.
  private var mostConnections = 0
  let telemetry: WorkerTelemetry

  init(_ start: WorkerStart) throws(SystemFault) {
    index = start.index
    exchanges = ExchangePool(buffers)
    descriptors = DescriptorReserve(limit: start.descriptorLimit)
    memory = MemoryWatch(limit: start.memoryLimit)
    control = start.control
    loop = try EventLoop()
    telemetry = WorkerTelemetry(start)
    super.init()
    receiver = try MailboxReceiver(start.mailbox, on: loop) { [unowned self] in apply($0) }
    arm(Self.sweepTimer)
  }

  /// Runs a worker on the calling thread until it is told to stop.
  static func run(_ start: WorkerStart) throws(SystemFault) { try Worker(start).loop.run() }

  // MARK: configuration

  private func apply(_ message: WorkerMessage) {
    switch message {
    case .addListener(let plan, let fd): addListener(plan, fd)
    case .updateListener(let plan): listeners[plan.config.name]?.update(plan)
    case .closeListener(let name): listeners[name]?.drain()
    case .removeListener(let name): removeListener(name)
    case .setClusterNames(let names): clusterNames = names
    case .setRoutes(let name, let table): setRoutes(name, table)
    case .setCluster(let id, let config, let tls, let stats, let budgets):
      setCluster(id, config, tls, stats, budgets)
    case .setEndpoints(let id, let set): cluster(id)?.update(endpoints: set)
    case .removeCluster(let id): removeCluster(id)
    case .reportEndpoints: reportEndpoints()
    case .drain: drain()
    case .stop: stop()
    }
  }

  private func addListener(_ plan: ListenerPlan, _ fd: Int32) {
    let listener = listeners[plan.config.name] ?? ListenerRuntime(plan, worker: self)
    if listeners.updateValue(listener, forKey: plan.config.name) != nil {
      listener.update(plan, moved: true)
    }
    do throws(SystemFault) { try listener.listen(fd) } catch {
      closeDescriptor(fd)
      control.post(
        .log(.error, "listener \(plan.config.name): worker \(index) accepts nothing: \(error)"))
    }
  }

  private func removeListener(_ name: String) {
    guard let listener = listeners.removeValue(forKey: name) else { return }
    listener.drain()
    for http in listener.managers { retire(http) }
  }

  /// It accepts no more; its connections finish what they have begun.
  func retire(_ http: HTTPConnectionManager) {
    http.drain(now: loop.now)
    retired.append(http)
  }

  /// Frees what was retired, once no connection is there, or may still come.
  private func sweepRetired() {
    for http in retired where http.isCut(now: loop.now) { http.cut() }
    guard retired.contains(where: { $0.connectionCount == 0 }) else { return }
    let awaiting = Set(accepted.values.flatMap(\.destinations).map { ObjectIdentifier($0) })
    retired.removeAll { $0.connectionCount == 0 && !awaiting.contains(ObjectIdentifier($0)) }
  }

  private func setRoutes(_ name: String, _ table: RouteTable) {
    // Those that drain too: the clusters of the table before may go.
    for http in listeners.values.flatMap(\.managers) + retired
    where http.config.routes == .rds(name: name) { http.table = table }
  }

  private func setCluster(
    _ id: ClusterID, _ config: ClusterConfig, _ tls: TLSContext?, _ stats: ClusterStats,
    _ budgets: ClusterBudgets
  ) {
    if let known = cluster(id) {
      let former = known.trust
      known.update(config: config, tls: tls)
      if known.trust !== former { withdraw(trustInEndpoints: former) }
      return
    }
    while clusters.count <= id.index { clusters.append(nil) }
    clusters[id.index] = ClusterRuntime(
      id: id, config: config, tls: tls, stats: stats, budgets: budgets, on: loop)
  }

  private func removeCluster(_ id: ClusterID) {
    guard let leaving = cluster(id) else { return }
    leaving.retire()
    clusters[id.index] = nil
  }

  func cluster(_ id: ClusterID) -> ClusterRuntime? {
    guard id.index < clusters.count, let cluster = clusters[id.index], cluster.id == id
    else { return nil }
    return cluster
  }

  private func reportEndpoints() {
    var reports: [ClusterID: [EndpointReport]] = [:]
    for cluster in clusters {
      if let cluster { reports[cluster.id] = cluster.endpointReports }
    }
    control.post(.endpointReports(reports))
  }

  /// An endpoint for one attempt; nil when the cluster has none to offer.
  func pick(
    from cluster: ClusterRuntime, avoiding failed: UpstreamEndpoint? = nil
  ) -> UpstreamEndpoint? {
    cluster.balancing.pick(random: &random, avoiding: failed)
  }

  /// 64 random bits.
  func randomWord() -> UInt64 { random.next() }

  /// Whether a client's connection may have that descriptor.
  func mayAccept(_ fd: Int32) -> Bool { descriptors.allowsClient(fd) }

  /// Whether one more request or TCP connection may begin.
  func mayBegin() -> Bool { memory.allowsMore(now: loop.now) }

  /// Whether a body may come whose client may let it wait.
  func mayHold() -> Bool { memory.allowsBody(now: loop.now) }

  /// The exchange is over: it is reported, and may serve again.
  func finishExchange(_ exchange: Exchange) {
    exchange.report()
    if exchange.record.trace.isSampled || telemetry.writesLogs { telemetry.handOverDue() }
    exchanges.recycle(exchange)
  }

  // MARK: accepted connections

  func add(_ connection: AcceptedConnection) { accepted[ObjectIdentifier(connection)] = connection }

  func remove(_ connection: AcceptedConnection) { accepted[ObjectIdentifier(connection)] = nil }

  // MARK: relays

  /// One of the clusters, by weight; nil when it is not known.
  func pickCluster(_ choices: [WeightedClusterPlan]) -> ClusterRuntime? {
    let total = choices.reduce(0) { $0 + UInt64($1.weight) }
    guard total > 0 else { return nil }
    var draw = randomWord() % total
    for choice in choices {
      if draw < UInt64(choice.weight) { return cluster(choice.id) }
      draw -= UInt64(choice.weight)
    }
    return nil
  }

  func add(_ relay: TCPRelay) { relays[ObjectIdentifier(relay)] = relay }

  /// Clients were let in by rules that are no longer in force: their relays end now, and what of HTTP drains
  /// when that has taken its time.
  func withdraw(trustInClients trust: PeerTrust) {
    trust.withdraw(now: loop.now)
    for relay in Array(relays.values) where relay.proxy.trust === trust {
      relay.cut("client_trust_changed")
    }
  }

  /// Endpoints were accepted by rules that are no longer in force: relays to them end, requests when a drain's
  /// time is over.
  private func withdraw(trustInEndpoints trust: PeerTrust) {
    trust.withdraw(now: loop.now)
    withdrawn.append(trust)
    for relay in Array(relays.values) where relay.stands(under: trust) {
      relay.cut(LocalReply.endpointDistrusted.cause)
    }
  }

  /// Ends what has gone on for a drain's time to endpoints whose trust was withdrawn.
  private func cutDistrusted() {
    guard !withdrawn.isEmpty else { return }
    for http in listeners.values.flatMap(\.managers) + retired { http.cutDistrusted(now: loop.now) }
    // The last connection is gone that was made under it.
    for index in withdrawn.indices.reversed()
    where isKnownUniquelyReferenced(&withdrawn[index]) { withdrawn.remove(at: index) }
  }

  func finishRelay(_ relay: TCPRelay) {
    telemetry.handOverDue()
    relays[ObjectIdentifier(relay)] = nil
  }

  // MARK: time

  private func arm(_ timer: (kind: TimerKind, milliseconds: UInt64)) {
    _ = loop.arm(self, timer.kind, at: loop.now.advanced(byMilliseconds: timer.milliseconds))
  }

  public override func onTimer(_ kind: TimerKind) {
    if kind == Self.sweepTimer.kind { sweep() } else { checkDrain() }
  }

  private func sweep() {
    for cluster in clusters { cluster?.sweep(now: loop.now) }
    shedStalled()
    sweepRetired()
    cutDistrusted()
    exchanges.freeUnused()
    buffers.freedBytes += http2Memory.freeUnused()
    trim()
    sayFaults()
    telemetry.handOver()
    arm(Self.sweepTimer)
  }

  /// Gives memory back to the kernel that came free. What connections held beside buffers, most of it
  /// OpenSSL's, is not counted one by one.
  private func trim() {
    mostConnections = max(mostConnections, connectionCount)
    let freed = buffers.freedBytes + (mostConnections - connectionCount) * Self.connectionBytes
    guard freed >= Self.trimBytes || wasShort else { return }
    buffers.freedBytes = 0
    mostConnections = connectionCount
    returnFreeMemory()
  }

  /// While memory is short, what waits for clients that do nothing from one sweep to the next is reset.
  private func shedStalled() {
    let isShort = memory.isNearLimit(now: loop.now)
    if isShort {
      for http in listeners.values.flatMap(\.managers) + retired {
        if wasShort { memory.noteShed(http.shedStalled()) } else { http.markStalled() }
      }
    }
    wasShort = isShort
  }

  /// While the control loop takes nothing, they are counted on.
  private func sayFaults() {
    guard control.hasRoom else { return }
    let refusals = [memory.takeRefusals(), descriptors.takeRefusals()].compactMap(\.self)
    for line in refusals { control.post(.log(.warning, line)) }
    for (level, line) in peerFaults.take() { control.post(.log(level, line)) }
  }

  // MARK: drain

  private var connectionCount: Int {
    listeners.values.reduce(relays.count + accepted.count) { count, listener in
      listener.managers.reduce(count) { $0 + $1.connectionCount }
    }
      + retired.reduce(0) { $0 + $1.connectionCount }
  }

  private func drain() {
    for listener in listeners.values { listener.drain() }
    arm(Self.drainTimer)
  }

  private func checkDrain() {
    if connectionCount == 0 { control.post(.drained(worker: index)) } else { arm(Self.drainTimer) }
  }

  private func stop() {
    for connection in Array(accepted.values) { connection.shut() }
    for http in listeners.values.flatMap(\.managers) { http.cut() }
    for listener in retired { listener.cut() }
    for relay in Array(relays.values) { relay.cut("drain_timeout") }
    telemetry.handOverLast()
    loop.stop()
  }
}
