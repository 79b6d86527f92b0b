import AdminAPI
import Config
import Platform
import Proxying
import Reactor
import Telemetry
import XDSClient
import XDSTranslate

/// Why the proxy did not start, in words.
public struct StartFault: Error, Equatable {
  public let text: String
}

/// The running proxy: the control loop with everything it owns. Main thread only.
public final class ProxyProcess {
  private let options: RunOptions
  let bootstrap: BootstrapConfig
  /// The file as it was read, for `/config_dump`.
  let bootstrapDump: ConfigDump
  private let loop: EventLoop
  let dataPlane: DataPlane
  private let export: TelemetryExport
  private let log: ProcessLog
  let startedAt = MonotonicInstant.now()
  private(set) var ads: ADSClient?
  private var admin: AdminServer?
  private var signals: SignalHandler?
  /// Asked by a signal to end; the admin listener's drain does not count.
  private var wasSignalled = false
  private var shutdown: Shutdown?

  /// Reads the configuration and starts what it names.
  public init(_ options: RunOptions) throws(StartFault) {
    self.options = options
    let log = ProcessLog(options.logLevel)
    self.log = log
    let loaded = loadConfiguration(options.configPath, strict: options.strict)
    for line in loaded.warned { log.write(.warning, line) }
    for line in loaded.ignored { log.write(.warning, "ignored: \(line)") }
    guard let bootstrap = loaded.bootstrap else {
      throw StartFault(text: loaded.rejected.joined(separator: "\n"))
    }
    self.bootstrap = bootstrap
    bootstrapDump = loaded.dump
    do throws(SystemFault) {
      let pending = try ProcessSignals.standard()
      let loop = try EventLoop()
      self.loop = loop
      let dataPlane = try DataPlane(
        loop: loop, workerCount: options.concurrency ?? usableProcessorCount(),
        memoryLimit: options.memoryLimit ?? cgroupMemoryLimit(),
        resolver: bootstrap.resolver, node: bootstrap.node, version: martletVersion.description)
      self.dataPlane = dataPlane
      export = TelemetryExport(
        loop: loop, stats: dataPlane.stats.telemetry.last!,
        address: { dataPlane.address(ofCluster: $0, failures: $1) }, log: { log.write($0, $1) })
      signals = try SignalHandler(pending, on: loop) { [unowned self] in onSignal($0) }
    } catch { throw StartFault(text: "cannot start: \(error)") }
    try start()
  }

  private func start() throws(StartFault) {
    dataPlane.log = { [log] in log.write($0, $1) }
    dataPlane.onRefused = { [unowned self] in onRefused($0) }
    dataPlane.onRecovered = { [unowned self] in ads?.onListenerRecovered($0) }
    dataPlane.isDiscoveryConnected = { [unowned self] in ads?.status.isConnected ?? false }
    dataPlane.onTelemetry = { [export] in export.take($0) }
    dataPlane.onDrained = { [unowned self] in shutdown?.onDrained() }
    dataPlane.expectsClusters = bootstrap.ads?.subscribesToClusters ?? false
    dataPlane.set(clusters: bootstrap.clusters, isDiscovered: false)
    let findings = set(listeners: bootstrap.listeners)
    guard findings.isEmpty else {
      let lines = findings.map { "\(options.configPath): \($0)" }
      throw StartFault(text: lines.joined(separator: "\n"))
    }
    dataPlane.retriesListeners = true
    dataPlane.settle()
    try startAdmin()
    startDiscovery()
    if bootstrap.listeners.isEmpty, bootstrap.ads == nil {
      log.write(.warning, "\(options.configPath) names no listener: nothing is served")
    }
  }

  private func startAdmin() throws(StartFault) {
    guard let address = bootstrap.adminAddress else { return }
    do throws(SystemFault) {
      let server = try AdminServer(on: address, loop: loop, source: self)
      log.write(.info, "admin listener accepts on \(server.address)")
      admin = server
    } catch {
      let cause = error.reasonNotListening
      throw StartFault(
        text: "\(options.configPath): admin.address: cannot listen on \(address): \(cause)")
    }
  }

  private func startDiscovery() {
    guard let config = bootstrap.ads else { return }
    let client = ADSClient(
      config, bootstrap: bootstrap, on: loop,
      endpointProvider: { [dataPlane] in
        dataPlane.address(ofCluster: config.cluster, failures: $0)
      },
      onResources: { [unowned self] in apply($0) },
      log: { [log] in log.write($0, $1) })
    ads = client
    client.start()
  }

  /// Gives what could not be used; the control plane is told. What the file names is the file's alone:
  /// the proxy may need it to reach the control plane.
  private func apply(_ update: ResourceUpdate) -> [ConfigFinding] {
    switch update {
    case .clusters(let accepted, let removed):
      defer { dataPlane.settle() }
      let own = Set(bootstrap.clusters.map(\.name))
      dataPlane.set(clusters: accepted.map(\.value).filter { !own.contains($0.name) })
      dataPlane.remove(clusters: removed.filter { !own.contains($0) })
      return accepted.map(\.name).filter(own.contains).map { bootstrap.owns("clusters[\($0)]") }
    case .endpoints(let accepted):
      dataPlane.set(endpoints: accepted.map(\.value))
      return []
    case .listeners(let accepted, let removed):
      defer { dataPlane.settle() }
      let own = Set(bootstrap.listeners.map(\.name))
      dataPlane.remove(listeners: removed.filter { !own.contains($0) })
      return set(listeners: accepted.map(\.value).filter { !own.contains($0.name) })
        + accepted.map(\.name).filter(own.contains).map { bootstrap.owns("listeners[\($0)]") }
    case .routes(let accepted):
      dataPlane.set(routes: accepted.map(\.value))
      return []
    }
  }

  /// What was accepted cannot be used after all; the control plane is told where it came from there.
  private func onRefused(_ findings: [ConfigFinding]) {
    for finding in findings { log.write(.error, finding.description) }
    ads?.refuseListeners(findings)
  }

  /// A listener whose access log cannot be opened is not used.
  private func set(listeners: [ListenerConfig]) -> [ConfigFinding] {
    let (usable, findings) = export.openLogs(of: listeners)
    return findings + dataPlane.set(listeners: usable)
  }

  fileprivate func say(_ text: String) { log.write(.info, text) }

  /// Runs until the process is to end.
  public func run() {
    loop.run()
    dataPlane.stop()
  }

  // MARK: ending

  private func onSignal(_ number: Int32) {
    if ProcessSignals.reopenLogs.contains(number) { return export.reopenLogs() }
    if wasSignalled {
      log.write(.warning, "second signal: ending at once")
      return loop.stop()
    }
    wasSignalled = true
    beginDrain()
  }

  var isDraining: Bool { shutdown != nil }

  public func beginDrain() {
    guard shutdown == nil else { return }
    log.write(.info, "draining: no new connections; up to \(options.drainSeconds) s for what runs")
    shutdown = Shutdown(self, loop, export, drainSeconds: options.drainSeconds)
    ads?.stop()
    dataPlane.drain()
  }
}

extension BootstrapConfig {
  fileprivate func owns(_ path: String) -> ConfigFinding {
    ConfigFinding(
      .rejected, path: path, text: "the bootstrap file has one of this name; give it another name")
  }
}

/// The end of the process: the drain, bounded in time, then what telemetry still waits, bounded too.
private final class Shutdown: EventHandler {
  private enum Phase {
    case draining
    /// The workers have ended; what they handed over last is on its way to the control loop.
    case collecting
    case flushing
  }

  private static let collectMilliseconds: UInt64 = 10
  private static let flushMilliseconds: UInt64 = 2000
  private unowned let process: ProxyProcess
  private let loop: EventLoop
  private let export: TelemetryExport
  private var phase = Phase.draining
  /// Ends the phase, whatever is still to come.
  private var timer: TimerHandle?

  init(_ process: ProxyProcess, _ loop: EventLoop, _ export: TelemetryExport, drainSeconds: UInt64)
  {
    self.process = process
    self.loop = loop
    self.export = export
    super.init()
    arm(milliseconds: drainSeconds * 1000)
  }

  private func arm(milliseconds: UInt64) {
    loop.disarm(&timer)
    timer = loop.arm(self, TimerKind(0), at: loop.now.advanced(byMilliseconds: milliseconds))
  }

  func onDrained() { endWorkers("drained: every connection is closed") }

  override func onTimer(_ kind: TimerKind) {
    timer = nil
    switch phase {
    case .draining: endWorkers("drain time is up: closing what is left")
    case .collecting: flush()
    case .flushing:
      export.giveUp()
      loop.stop()
    }
  }

  private func endWorkers(_ reason: String) {
    guard phase == .draining else { return }
    phase = .collecting
    process.say(reason)
    process.dataPlane.stop()
    arm(milliseconds: Self.collectMilliseconds)
  }

  private func flush() {
    guard phase == .collecting else { return }
    phase = .flushing
    if export.isIdle { return loop.stop() }
    export.onIdle = { [unowned loop] in loop.stop() }
    arm(milliseconds: Self.flushMilliseconds)
  }
}
