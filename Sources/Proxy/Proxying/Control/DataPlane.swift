import Config
import Platform
import Reactor
import Routing
import Sockets
import TLS
import Telemetry

/// The workers, and the configuration they were given. Control loop only.
///
/// Everything arrives as typed values, static or over xDS, and leaves as messages to the workers:
/// clusters first, then their endpoints, then the routes that name them, then listeners. What depends
/// on something that is still missing waits for it: a listener for its route table, both for the
/// endpoints of the clusters they name. What it replaces serves until then.
public final class DataPlane {
  /// Of each worker's spans and lines, so much may wait for the control loop.
  private static let maxWaitingBytes = 1 << 20
  /// How long a key seals session tickets.
  private static let ticketKeyTime = Duration.seconds(3600)
  /// So long after a change of configuration its code is let go of.
  private static let settlingTime = Duration.milliseconds(500)

  public let stats: StatsRegistry
  let loop: EventLoop
  public let workerCount: Int
  private var mailboxes: [Mailbox<WorkerMessage>] = []
  private var threads: [ThreadHandle] = []
  private var receiver: MailboxReceiver<ControlMessage>?
  var clusterNames = ClusterNames()
  /// Names got a handle that the workers have not heard of.
  var hasNewClusterNames = false
  /// Something may have ceased to name clusters.
  var mayReleaseNames = false
  var clusters: [String: ClusterState] = [:]
  /// Names of clusters by that of their endpoints in EDS.
  var clustersByService: [String: Set<String>] = [:]
  var statsPruning: DelayedAction?
  /// Under which prefixes each listener counted so far.
  var statPrefixes: [String: Set<String>] = [:]
  var listeners: [String: ListenerState] = [:]
  var departing: [String: LeavingListener] = [:]
  /// They accept no more; their last connections drain.
  var retiring: [ObjectIdentifier: LeavingListener] = [:]
  var refused: [String: RefusedListener] = [:]
  /// Named by routes or listeners, and not among `clusters`.
  var absentClusters: [String: AbsentCluster] = [:]
  var routes: [String: RouteState] = [:]
  var survey = EndpointSurvey()
  /// What sessions of clients are resumed by, on whichever worker.
  let ticketKeys = TicketKeyRing()
  private var ticketRotation: DelayedAction?
  var certificatePoll: DelayedAction?
  private var settling: DelayedAction?
  var certificateFiles = CertificateFiles()
  private var drainedWorkers: Set<Int> = []
  private(set) var isDraining = false
  let resolver: Resolver
  let hostName = systemHostName()

  /// Span batches, access log lines: what leaves the process.
  public var onTelemetry: (ControlMessage) -> Void = { _ in }
  /// Every worker has closed its last connection.
  public var onDrained: () -> Void = {}
  /// Somebody may send clusters that are not known yet.
  public var expectsClusters = false
  /// What is expected may arrive now.
  public var isDiscoveryConnected: () -> Bool = { false }
  /// What was accepted could not be used when its time came; paths begin with the resource.
  public var onRefused: ([ConfigFinding]) -> Void = { _ in }
  /// A listener that was refused is in use, or will be once what it needs is there.
  public var onRecovered: (_ name: String) -> Void = { _ in }
  /// A listener that cannot have its address is tried again.
  public var retriesListeners = false
  public var log: (LogLevel, String) -> Void = { _, _ in }

  /// Starts the workers, which have nothing to do yet.
  /// - Parameters:
  ///   - workerCount: threads that carry traffic, at least 1.
  ///   - memoryLimit: bytes that the process may have; nil: no bound.
  ///   - resolver: how the names of endpoints are looked up.
  ///   - node: names this proxy in its telemetry, with `version`.
  public init(
    loop: EventLoop, workerCount: Int, memoryLimit: Int?, resolver: ResolverConfig,
    node: NodeConfig, version: String
  ) throws(SystemFault) {
    self.loop = loop
    self.workerCount = workerCount
    stats = StatsRegistry(workerCount: workerCount)
    self.resolver = try Resolver(on: loop, asking: resolver)
    let control = try Mailbox<ControlMessage>(maxBytes: workerCount * Self.maxWaitingBytes)
    let descriptorLimit = raiseDescriptorLimit()
    receiver = try MailboxReceiver(control, on: loop) { [unowned self] in receive($0) }
    for index in 0..<workerCount {
      let mailbox = try Mailbox<WorkerMessage>()
      mailboxes.append(mailbox)
      try start(
        WorkerStart(
          index: index, descriptorLimit: descriptorLimit, memoryLimit: memoryLimit,
          mailbox: mailbox, control: control,
          stats: stats.telemetry[index], node: node, version: version))
    }
    rotateTicketKeysLater()
  }

  /// A key opens tickets for three times as long as it seals them.
  private func rotateTicketKeysLater() {
    ticketRotation = DelayedAction(on: loop, after: Self.ticketKeyTime) { [unowned self] in
      ticketKeys.rotate()
      rotateTicketKeysLater()
    }
  }

  private func start(_ worker: WorkerStart) throws(SystemFault) {
    let thread = try startThread(named: "worker-\(worker.index)") {
      do throws(SystemFault) { try Worker.run(worker) } catch {
        printError("martlet: worker \(worker.index) cannot start: \(error)")
        exitProcess(1)
      }
    }
    threads.append(thread)
  }

  private func receive(_ message: ControlMessage) {
    switch message {
    case .spans, .accessLog: onTelemetry(message)
    case .log(let level, let text): log(level, text)
    case .drained(let worker):
      drainedWorkers.insert(worker)
      if drainedWorkers.count == workerCount { onDrained() }
    case .endpointReports(let reports): survey.take(reports)
    }
  }

  func tell(_ message: WorkerMessage) { for mailbox in mailboxes { mailbox.post(message) } }

  func tellEach(_ message: (Int) -> WorkerMessage) {
    for (index, mailbox) in mailboxes.enumerated() { mailbox.post(message(index)) }
  }

  // MARK: lifecycle

  /// The configuration has changed: the code that this took is let go of when it is over.
  public func settle() {
    guard settling == nil else { return }
    settling = DelayedAction(on: loop, after: Self.settlingTime) { [unowned self] in
      settling = nil
      returnUnusedCode()
    }
  }

  /// Stops accepting and lets what runs finish; `onDrained` follows.
  public func drain() {
    isDraining = true
    closeSockets()
    tell(.drain)
  }

  /// Closes everything and waits for the workers' threads. Harmless when repeated.
  public func stop() {
    tell(.stop)
    for thread in threads { thread.join() }
    threads = []
  }
}
