import Config
import Memory
import Platform
import Reactor
import Sockets
import TLS
import Telemetry
import Upstreams

/// A TCP connection carried to an endpoint as it is: bytes both ways, and each side's end to the
/// other. Owning worker only.
final class TCPRelay: EventHandler {
  private enum Phase { case connecting, relaying, over }

  let worker: Worker
  let proxy: TCPProxy
  private let security: ConnectionSecurity?
  private let downstream: RelaySide
  private var upstream: RelaySide?
  private var cluster: ClusterRuntime?
  private var endpoint: UpstreamEndpoint?
  /// How the endpoint's side comes to stand.
  private var way: UpstreamHandshake?
  /// What the endpoint is accepted by.
  private var trust: PeerTrust?
  private(set) var record: ExchangeRecord
  private var phase = Phase.connecting
  private var connectTimer: TimerHandle?
  private var idleTimer: TimerHandle?
  private var ageTimer: TimerHandle?
  private var lastActivity: MonotonicInstant

  init(
    taking fd: Int32, tls: TLSSession? = nil, security: ConnectionSecurity? = nil,
    worker: Worker, proxy: TCPProxy, remote: SocketAddress, local: SocketAddress
  ) {
    self.security = security ?? tls.map { ConnectionSecurity($0) }
    self.worker = worker
    self.proxy = proxy
    downstream = RelaySide(taking: fd, on: worker.loop, tls: tls)
    lastActivity = worker.loop.now
    record = ExchangeRecord(
      .tcp, startWall: .now(), start: worker.loop.now, downstreamRemote: remote,
      downstreamLocal: local)
    super.init()
    downstream.relay = self
  }

  /// Watches the client and begins the first attempt.
  func start() {
    proxy.stats.connectionBegan()
    record.trace = TraceContext.begin(
      identifiers: TraceIdentifiers(
        traceHigh: worker.randomWord(), traceLow: worker.randomWord(),
        spanID: worker.randomWord()), sampler: proxy.sampler)
    do throws(SystemFault) { try downstream.open() } catch {
      return end(.localReset, "descriptor_not_watched")
    }
    armIdleTimer()
    if let age = proxy.config.maxConnectionDuration {
      ageTimer = worker.loop.arm(self, .age, at: worker.loop.now.advanced(by: age))
    }
    connect()
  }

  // MARK: connecting

  private func connect() {
    guard let cluster = worker.pickCluster(proxy.clusters) else {
      return end(.noCluster, "cluster_not_found")
    }
    self.cluster = cluster
    guard cluster.makesRoomForConnection(), cluster.balancing.breakers.connections.tryAcquire()
    else {
      cluster.stats.upstreamConnectionOverflow.add()
      return end(.upstreamOverflow, "upstream_overflow")
    }
    guard let picked = worker.pick(from: cluster) else {
      cluster.balancing.breakers.connections.release()
      cluster.stats.upstreamConnectionNoneHealthy.add()
      return end(.noHealthyUpstream, "no_healthy_upstream")
    }
    claim(picked, of: cluster)
    do throws(SystemFault) {
      let side = RelaySide(taking: try startConnecting(to: picked.address), on: worker.loop)
      side.relay = self
      upstream = side
      connectTimer = worker.loop.arm(
        self, .connect, at: worker.loop.now.advanced(by: cluster.config.connectTimeout))
      try side.open()
    } catch {
      failConnecting("upstream_connect_error")
    }
  }

  private func claim(_ picked: UpstreamEndpoint, of cluster: ClusterRuntime) {
    endpoint = picked
    way = UpstreamHandshake(pool: cluster.pool(for: picked), wire: .bytes)
    trust = cluster.trust
    picked.requestBegan()
    cluster.connectionBegan(at: picked)
    record.beginAttempt(at: worker.loop.now)
    record.attempt.endpoint = picked.address
    record.attempt.connectStart = worker.loop.now
  }

  private func releaseEndpoint(_ outcome: RequestOutcome) {
    guard let endpoint = endpoint.take() else { return }
    // What the next connection to the endpoint may take up.
    if let saved = upstream?.tls?.savedSession { way?.pool.savedSession = saved }
    endpoint.requestEnded(outcome)
    cluster?.connectionEnded(at: endpoint)
  }

  private func failConnecting(_ cause: StaticString) {
    worker.loop.disarm(&connectTimer)
    if let endpoint { cluster?.connectFailed(at: endpoint) }
    upstream?.shut(worker.buffers)
    upstream = nil
    releaseEndpoint(.failure)
    if record.attemptCount < proxy.config.maxConnectAttempts { return connect() }
    end(.upstreamConnectionFailure, cause)
  }

  // MARK: bytes

  /// One of the two sides became ready.
  func onReady(_ side: RelaySide) {
    switch phase {
    case .connecting:
      if side === upstream { goOnConnecting(side) }
    case .relaying: pump()
    case .over: break
    }
  }

  private func goOnConnecting(_ side: RelaySide) {
    guard let way else { return }
    switch way.step(on: side) {
    case .waits: break
    case .stands where trust?.isWithdrawn == true:
      failConnecting(LocalReply.endpointDistrusted.cause)
    case .stands: beginRelaying(side)
    case .failed(let cause): failConnecting(cause)
    }
  }

  /// One of the two sides failed in TLS.
  func onTLSFault(_ fault: TLSFault, _ side: RelaySide) {
    if side === downstream {
      proxy.faults.note(.tls(fault), of: record.downstreamRemote)
    } else if let endpoint {
      cluster?.onTLSFault(fault, at: endpoint.address, worker)
    }
  }

  private func beginRelaying(_ side: RelaySide) {
    phase = .relaying
    worker.loop.disarm(&connectTimer)
    if let begun = record.attempt.connectStart {
      cluster?.stats.connectionEstablished(
        afterNanoseconds: worker.loop.now.nanoseconds(since: begun))
    }
    record.attempt.local = localAddress(of: side.fd)
    pump()
  }

  private func pump() {
    guard let upstream else { return }
    lastActivity = worker.loop.now
    let up = downstream.relay(to: upstream, worker.buffers)
    let down = upstream.relay(to: downstream, worker.buffers)
    count(up: UInt64(up.bytes), down: UInt64(down.bytes))
    if up.isBroken || down.isBroken {
      let byUpstream = upstream.isBroken
      return end(
        byUpstream ? .upstreamConnectionTermination : .downstreamConnectionTermination,
        byUpstream ? "upstream_reset" : "downstream_reset")
    }
    if downstream.isFinished && upstream.isFinished { return end([], "closed") }
    if up.mayContinue || down.mayContinue { worker.loop.runSoon(self) }
  }

  private func count(up: UInt64, down: UInt64) {
    record.requestBodyBytes &+= up
    record.responseBodyBytes &+= down
    proxy.stats.downstreamReceivedBytes.add(up)
    proxy.stats.downstreamSentBytes.add(down)
    cluster?.stats.upstreamSentBytes.add(up)
    cluster?.stats.upstreamReceivedBytes.add(down)
  }

  override func onTurn() { if phase == .relaying { pump() } }

  // MARK: timers and endings

  private func armIdleTimer() {
    guard let timeout = proxy.config.idleTimeout else { return }
    idleTimer = worker.loop.arm(self, .idle, at: lastActivity.advanced(by: timeout))
  }

  override func onTimer(_ kind: TimerKind) {
    guard phase != .over else { return }
    if kind == .connect {
      connectTimer = nil
      if let upstream { way?.timeOut(upstream) }
      cluster?.stats.upstreamConnectionConnectTimeout.add()
      return failConnecting("upstream_connect_timeout")
    }
    if kind == .age {
      ageTimer = nil
      return end(.durationTimeout, "max_connection_duration")
    }
    idleTimer = nil
    if worker.loop.now < lastActivity.advanced(by: proxy.config.idleTimeout) {
      return armIdleTimer()
    }
    end(.streamIdleTimeout, "idle_timeout")
  }

  /// What the connection came to for its endpoint: nothing where the client or the proxy cut it.
  private func outcome(_ flags: ResponseFlags) -> RequestOutcome {
    if flags.contains(.upstreamConnectionTermination) { return .failure }
    return flags.isEmpty && phase == .relaying ? .success : .cancelled
  }

  /// Its endpoint was accepted by those rules.
  func stands(under other: PeerTrust) -> Bool { phase == .relaying && trust === other }

  /// Its time is up, whatever moves.
  func cut(_ cause: StaticString) { end(.localReset, cause) }

  private func end(_ flags: ResponseFlags, _ cause: StaticString) {
    guard phase != .over else { return }
    let outcome = outcome(flags)
    phase = .over
    worker.loop.disarm(&connectTimer)
    worker.loop.disarm(&idleTimer)
    worker.loop.disarm(&ageTimer)
    record.end = worker.loop.now
    record.flags.formUnion(flags)
    record.cause = cause
    if flags.contains(.upstreamConnectionTermination) || flags.contains(.localReset) {
      downstream.resetOnClose()
    }
    if flags.contains(.downstreamConnectionTermination) { upstream?.resetOnClose() }
    downstream.shut(worker.buffers)
    upstream?.shut(worker.buffers)
    releaseEndpoint(outcome)
    let snapshot = record
    proxy.reporter.connectionEnded(snapshot, cluster: cluster?.stats, security: security)
    worker.finishRelay(self)
  }
}

extension TimerKind {
  fileprivate static let connect = TimerKind(1)
  fileprivate static let idle = TimerKind(2)
  fileprivate static let age = TimerKind(3)
}
