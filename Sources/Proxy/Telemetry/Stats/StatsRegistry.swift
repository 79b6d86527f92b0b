/// Every block of one kind, by name. Control thread only; the blocks go to their workers.
public final class StatsFamily<Block: StatsBlock> {
  /// One block per worker, then the control thread's.
  private let blockCount: Int
  private var entries: [String: [Block]] = [:]

  init(workerCount: Int) { blockCount = workerCount + 1 }

  /// The blocks of that name, made on first use and kept through configuration changes: block `i` is
  /// written by worker `i` alone, the last one by the control thread alone.
  public func blocks(named name: String) -> [Block] {
    if let known = entries[name] { return known }
    let made = (0..<blockCount).map { _ in Block(name: name) }
    entries[name] = made
    return made
  }

  /// Forgets what `isAlive` does not claim, as far as nobody else holds its blocks: what a worker may
  /// still write stays to be shown.
  /// - Returns: whether something stays for that reason.
  public func prune(keeping isAlive: (String) -> Bool) -> Bool {
    var someAreHeld = false
    for name in entries.keys.filter({ !isAlive($0) }) {
      var blocks = entries.removeValue(forKey: name)!
      guard Self.isHeldElsewhere(&blocks) else { continue }
      entries[name] = blocks
      someAreHeld = true
    }
    return someAreHeld
  }

  private static func isHeldElsewhere(_ blocks: inout [Block]) -> Bool {
    for index in blocks.indices where !isKnownUniquelyReferenced(&blocks[index]) { return true }
    return false
  }

  /// What they count with its blocks, sorted by name.
  var sorted: [(subject: StatsSubject, blocks: [Block])] {
    entries.sorted { $0.key < $1.key }.map { (Block.scope.subject($0.key), $0.value) }
  }
}

/// All statistics of the process. Control thread only.
public final class StatsRegistry {
  public let listeners: StatsFamily<ListenerStats>
  public let http: StatsFamily<HTTPStats>
  public let tcp: StatsFamily<TCPStats>
  public let clusters: StatsFamily<ClusterStats>
  /// By type: `lds`, `rds`, `cds`, `eds`.
  public let discovery: StatsFamily<DiscoveryStats>
  let controlPlanes: StatsFamily<ControlPlaneStats>
  let telemetries: StatsFamily<TelemetryStats>
  let servers: StatsFamily<ServerStats>

  public init(workerCount: Int) {
    listeners = .init(workerCount: workerCount)
    http = .init(workerCount: workerCount)
    tcp = .init(workerCount: workerCount)
    clusters = .init(workerCount: workerCount)
    discovery = .init(workerCount: 0)
    controlPlanes = .init(workerCount: 0)
    telemetries = .init(workerCount: workerCount)
    servers = .init(workerCount: 0)
    for name in ["lds", "rds", "cds", "eds"] { _ = discovery.blocks(named: name) }
    _ = (server, controlPlane, telemetry)
  }

  /// Written by the control thread.
  public var server: ServerStats { servers.blocks(named: "")[0] }
  /// Written by the control thread.
  public var controlPlane: ControlPlaneStats { controlPlanes.blocks(named: "")[0] }
  /// One block per worker, then the control thread's.
  public var telemetry: [TelemetryStats] { telemetries.blocks(named: "") }

  /// Calls `body` with each kind of block, in the order they are shown.
  func forEachFamily(_ body: StatsFamilyVisitor) {
    body.visit(clusters.sorted)
    body.visit(clusters.grpcCalls)
    body.visit(controlPlanes.sorted)
    body.visit(discovery.sorted)
    body.visit(http.sorted)
    body.visit(listeners.sorted)
    body.visit(servers.sorted)
    body.visit(tcp.sorted)
    body.visit(telemetries.sorted)
  }
}

/// Something done to each kind of block.
protocol StatsFamilyVisitor: AnyObject {
  func visit<Block: MetricBlock>(_ entries: [(subject: StatsSubject, blocks: [Block])])
}
