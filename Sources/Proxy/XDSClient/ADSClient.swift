import Config
import Platform
import Reactor
import XDSTranslate

/// The proxy's side of the ADS stream: keeps it open, asks for what the configuration names, and
/// gives what came as typed resources. Control loop only.
public final class ADSClient: EventHandler {
  private static let connectTimer = TimerKind(0)

  private enum Link {
    case stopped
    /// Until the next try.
    case waiting(TimerHandle)
    case connecting(DiscoveryConnection)
    case open(DiscoveryConnection, since: MonotonicInstant)
  }

  unowned let loop: EventLoop
  private let config: ADSConfig
  private let settings: ADSSettings
  /// Where the spans of listeners go by default.
  private let tracing: TracingConfig?
  /// Of the bootstrap: no collector is reached through them.
  private let secureClusters: Set<String>
  private let endpointProvider: (Int) -> SocketAddress?
  private let onResources: (ResourceUpdate) -> [ConfigFinding]
  let log: (LogLevel, String) -> Void

  var state: DiscoveryState
  var owed = OwedRejections()
  private var link = Link.stopped
  private var backoff: Backoff
  private var receivedOnStream = false
  private var connectedSince: WallInstant?
  private var controlPlane = ""
  private var lastError: String?
  /// Where it connects, or last did.
  private var peer: SocketAddress?
  private var nextTry: MonotonicInstant?
  private var connectAttempts: UInt64 = 0
  private var connectFailures: UInt64 = 0
  /// Connections that ended without a response: each makes the next one try the next endpoint.
  private var failedEndpoints = 0

  // MARK: lifecycle

  /// - Parameters:
  ///   - bootstrap: names the node, the control plane's cluster, and the clusters and listeners whose
  ///     endpoints and routes are to come over the stream.
  ///   - endpointProvider: where the control plane is now; asked before each connection, with the number
  ///     of those that failed so far, so that another endpoint can be tried.
  ///   - onResources: takes what changed, in the order it is to be applied, and gives what could not
  ///     be used: that is refused to the control plane. Its time is the loop's time.
  ///   - log: lines for the operator.
  public init(
    _ config: ADSConfig, bootstrap: BootstrapConfig, settings: ADSSettings = .init(),
    on loop: EventLoop, endpointProvider: @escaping (Int) -> SocketAddress?,
    onResources: @escaping (ResourceUpdate) -> [ConfigFinding],
    log: @escaping (LogLevel, String) -> Void
  ) {
    self.loop = loop
    self.config = config
    self.settings = settings
    tracing = bootstrap.tracing
    secureClusters = bootstrap.secureClusters
    self.endpointProvider = endpointProvider
    self.onResources = onResources
    self.log = log
    backoff = Backoff(base: settings.backoffBase, ceiling: settings.backoffCeiling)
    state = DiscoveryState(
      encodedNode: bootstrap.node.encoded,
      scope: .init(
        clusters: config.subscribesToClusters, listeners: config.subscribesToListeners,
        staticEndpointNames: bootstrap.clusters.flatMap(\.endpointNames),
        staticRouteNames: bootstrap.listeners.flatMap(\.routeNames)))
  }

  /// Connects, and from then on again whenever the stream ends.
  public func start() {
    guard case .stopped = link else { return }
    connect()
  }

  /// Closes the stream for good; what was received stays in use.
  public func stop() {
    switch link {
    case .stopped: return
    case .waiting(let timer): loop.disarm(timer)
    case .connecting(let connection), .open(let connection, _): connection.abandon()
    }
    link = .stopped
    connectedSince = nil
    onStreamClosed()
  }

  // MARK: connection

  public override func onTimer(_ kind: TimerKind) {
    if kind == Self.connectTimer { connect() } else { onRejectionDue(kind) }
  }

  private func connect() {
    connectAttempts += 1
    receivedOnStream = false
    guard let address = endpointProvider(failedEndpoints) else {
      return retry("cluster \(config.cluster) has no endpoint")
    }
    peer = address
    nextTry = nil
    let authority = config.authority.isEmpty ? config.cluster : config.authority
    do throws(DiscoveryConnectionFault) {
      link = .connecting(
        try DiscoveryConnection(
          to: address, authority: authority, settings: settings, on: loop, delegate: self))
    } catch {
      failedEndpoints += 1
      retry(error.description)
    }
  }

  private func retry(_ reason: String) {
    if case .open(_, let since) = link, receivedOnStream,
      MonotonicInstant.now() >= since.advanced(by: settings.stableAfter)
    {
      backoff.reset()
    }
    let delay = backoff.nextDelay()
    let at = MonotonicInstant.now().advanced(by: delay)
    nextTry = at
    link = .waiting(loop.arm(self, Self.connectTimer, at: at))
    connectedSince = nil
    lastError = reason
    connectFailures += 1
    log(.warning, "\(status.place): \(reason); next try in \(delay.wholeMilliseconds) ms")
  }

  func send(_ requests: [DiscoveryRequest]) {
    guard case .open(let connection, _) = link else { return }
    for request in requests {
      log(.debug, "control plane: asks \(request.summary)")
      connection.send(request.encode())
    }
  }

  // MARK: responses

  private func take(_ response: DiscoveryResponse, of type: ResourceType) {
    switch type {
    case .cluster:
      take(response, of: type, translateCluster, \.endpointNames) {
        .clusters(accepted: $0.accepted, removed: $0.removed)
      }
    case .clusterLoadAssignment:
      take(response, of: type, translateEndpoints, { _ in [] }) {
        .endpoints(accepted: $0.accepted)
      }
    case .listener:
      let translate = { [tracing, secureClusters] in
        translateListener($0, tracing: tracing, secureClusters: secureClusters)
      }
      take(response, of: type, translate, \.routeNames) {
        .listeners(accepted: $0.accepted, removed: $0.removed)
      }
    case .routeConfiguration:
      take(response, of: type, translateRoutes, { _ in [] }) { .routes(accepted: $0.accepted) }
    }
  }

  /// What changed is in use before the control plane hears that it is.
  private func take<Value>(
    _ response: DiscoveryResponse, of type: ResourceType,
    _ translate: ([UInt8]) -> Translated<Value>, _ references: (Value) -> [String],
    _ update: (DiscoveryOutcome<Value>) -> ResourceUpdate
  ) {
    let outcome = state.onResponse(
      response, of: type, translate: translate, references: references)
    for resource in outcome.accepted {
      for finding in resource.findings {
        log(finding.standing == .warned ? .warning : .info, finding.description)
      }
    }
    let isNews = !outcome.accepted.isEmpty || !outcome.removed.isEmpty
    let refusals = isNews ? onResources(update(outcome)) : []
    let answer = state.answer(response, of: type, outcome, refusals: refusals, at: .now())
    let counts = "\(outcome.accepted.count) changed, \(outcome.removed.count) removed"
    log(.debug, "control plane: \(type.shortName): \(counts)")
    if answer.rejection == nil {
      forgetRejection(of: type)
      send(answer.requests)
    } else {
      send(Array(answer.requests.dropFirst()))
      reject(type)
    }
  }

  // MARK: queries

  /// Adds every resource that came over ADS and is in use.
  public func addHeldResources(to dump: inout ConfigDump) { state.addHeldResources(to: &dump) }

  public var status: ADSStatus {
    var isConnected = false
    if case .open = link { isConnected = true }
    return ADSStatus(
      isConnected: isConnected, connectedSince: connectedSince, peer: peer, nextTry: nextTry,
      controlPlane: controlPlane, lastError: lastError, connectAttempts: connectAttempts,
      connectFailures: connectFailures,
      types: state.status)
  }
}

extension ADSClient: DiscoveryConnectionDelegate {
  func onStreamOpened() {
    guard case .connecting(let connection) = link else { return }
    link = .open(connection, since: .now())
    receivedOnStream = false
    connectedSince = .now()
    log(.info, "\(status.place): connected")
    send(state.onStreamOpened())
  }

  func onMessage(_ message: [UInt8]) {
    let response: DiscoveryResponse
    do throws(DiscoveryFault) { response = try DiscoveryResponse(decoding: message) } catch {
      lastError = "not a DiscoveryResponse: \(error)"
      return log(.warning, "control plane: not a DiscoveryResponse: \(error)")
    }
    receivedOnStream = true
    if !response.controlPlane.isEmpty { controlPlane = response.controlPlane }
    switch state.reception(of: response) {
    case .evaluate(let type): take(response, of: type)
    case .duplicate(let type): state.onDuplicate(of: type)
    case .unexpected:
      log(.warning, "control plane: a response of type \"\(response.typeURL)\" was not asked for")
    }
  }

  func onEnded(_ reason: String) {
    onStreamClosed()
    if !receivedOnStream { failedEndpoints += 1 }
    retry(reason)
  }

  private func onStreamClosed() {
    for type in ResourceType.allCases { forgetRejection(of: type) }
    state.onStreamClosed()
  }
}

extension DiscoveryRequest {
  /// One line for the log.
  fileprivate var summary: String {
    let type = ResourceType(typeURL: typeURL)?.shortName ?? typeURL
    let names = resourceNames.isEmpty ? "" : " for \(resourceNames.count) names"
    let standing = errorDetail == nil ? "" : " (NACK)"
    return "\(type)\(names), version \"\(versionInfo)\", nonce \"\(responseNonce)\"\(standing)"
  }
}
