import Config
import Platform
import Routing
import Sockets
import TLS

extension DataPlane {
  /// How long a listener that left the configuration serves on, so that another one can take its
  /// address over in a later update.
  private static let handOverTime = Duration.seconds(1)
  /// How long the last head that a draining connection began may take before its cluster may go.
  private static let lastHeadTime = Duration.seconds(1)

  // MARK: changes

  /// Adds or changes listeners; unnamed ones stay as they are. An address may pass from one listener
  /// to another in one update.
  /// - Returns: what was rejected; those listeners keep their last version.
  public func set(listeners new: [ListenerConfig]) -> [ConfigFinding] {
    for config in new { forgetRefusal(of: config.name) }
    defer { watchCertificateFiles() }
    return place(new)
  }

  func place(_ new: [ListenerConfig]) -> [ConfigFinding] {
    var changed: [CompiledListener] = []
    var findings: [ConfigFinding] = []
    for config in new {
      callBack(config)
      guard listeners[config.name]?.newest.config != config else { continue }
      do throws(TLSContextFault) { changed.append(try compile(config)) } catch {
        let path = "listeners[\(config.name)].filter_chains"
        findings.append(ConfigFinding(.rejected, path: path, text: "\(error)"))
      }
    }
    return findings + place(changed)
  }

  func place(_ changed: [CompiledListener]) -> [ConfigFinding] {
    let claims = settleClaims(changed)
    var findings = claims.refused.map { refuse($0.config, $0.reason) }
    let granted = changed.filter { claims.granted[$0.config.name] != nil }
    for listener in granted {
      let name = listener.config.name
      let version = ListenerVersion(listener, on: claims.granted[name]!)
      listeners[name] = ListenerState(newest: version, active: listeners[name]?.active)
      awaitClusters(version.clusterNames)
      awaitRoutes(of: version)
    }
    announceNames()
    for listener in granted { findings += activate(listener.config.name) }
    mayReleaseNames = true
    pruneStatsSoon()
    releaseUnused()
    return findings
  }

  /// Removes listeners: after a moment they stop accepting, and their connections finish what they
  /// have begun.
  public func remove(listeners names: [String]) {
    for name in names {
      forgetRefusal(of: name)
      guard let state = listeners.removeValue(forKey: name) else { continue }
      guard let version = state.active else {
        forgetClosed(name)
        continue
      }
      departing[name] = LeavingListener(
        version: version,
        end: DelayedAction(on: loop, after: Self.handOverTime) { [unowned self] in
          endDeparture(of: name)
          releaseUnused()
        })
    }
    releaseUnused()
  }

  /// A listener that came back to its address before it was gone never was away.
  private func callBack(_ config: ListenerConfig) {
    guard listeners[config.name] == nil, let back = departing[config.name],
      back.version.sockets.requested == config.address
    else { return }
    back.end.callOff()
    departing[config.name] = nil
    listeners[config.name] = ListenerState(newest: back.version, active: back.version)
  }

  private func settleClaims(_ changed: [CompiledListener]) -> ListenerClaims {
    var claims = ListenerClaims(
      workerCount: workerCount, present: listeners.mapValues(\.newest.sockets),
      departing: departing.values.map(\.version.sockets)
        + listeners.values.compactMap { $0.active?.sockets })
    claims.settle(changed.map(\.config))
    return claims
  }

  // MARK: activation

  /// Gives a listener's newest version to the workers if everything it needs is there.
  func activate(_ name: String) -> [ConfigFinding] {
    guard let state = listeners[name], state.isPending, !isDraining, isReady(state.newest)
    else { return [] }
    let version = state.newest
    do throws(SystemFault) {
      if version.sockets === state.active?.sockets {
        // A changed backlog.
        try version.sockets.listen(backlog: version.config.tcpBacklog)
        let plans = plans(version)
        tellEach { .updateListener(plans[$0]) }
      } else {
        try open(version)
      }
      listeners[name]?.active = version
      let expiry = version.chains.compactMap { $0.tls?.firstExpiry }.min()
      stats.listeners.blocks(named: name).last?.tls.firstExpiry.set(expiry ?? 0)
      mayReleaseNames = true
      return []
    } catch {
      listeners[name] = state.active.map { ListenerState(newest: $0, active: $0) }
      if state.active == nil { forgetClosed(name) }
      return [refuse(version.config, error.reasonNotListening)]
    }
  }

  /// Accepts at an address where this listener did not before.
  private func open(_ version: ListenerVersion) throws(SystemFault) {
    let name = version.config.name
    try version.sockets.listen(backlog: version.config.tcpBacklog)
    let descriptors = try version.sockets.duplicates()
    endDeparture(of: name)
    if let old = listeners[name]?.active {
      listeners[name]?.active = nil
      close(old, moving: true)
    }
    vacate(version.sockets, for: name)
    let plans = plans(version)
    tellEach { .addListener(plans[$0], fd: descriptors[$0]) }
    log(.info, "listener \(name) accepts on \(version.sockets.address)")
  }

  /// Whoever accepts there makes way.
  private func vacate(_ sockets: BoundAddress, for name: String) {
    for (other, leaving) in departing where leaving.version.sockets === sockets {
      endDeparture(of: other)
    }
    for (other, state) in listeners where other != name {
      guard let old = state.active, old.sockets === sockets else { continue }
      close(old, moving: true)
      listeners[other]?.active = nil
    }
  }

  /// Nothing comes of where a listener was to accept: the workers need not know it any more.
  private func forgetClosed(_ name: String) {
    if departing[name] == nil { tell(.removeListener(name: name)) }
  }

  private func endDeparture(of name: String) {
    guard let leaving = departing.removeValue(forKey: name) else { return }
    leaving.end.callOff()
    close(leaving.version, moving: false)
  }

  /// The workers stop accepting for it. Where nobody took its address over, its sockets close first, so
  /// that the workers find everybody who came in time in the accept queues.
  /// - Parameter moving: it is to accept elsewhere, where its chains are known for the same.
  private func close(_ version: ListenerVersion, moving: Bool) {
    let name = version.config.name
    mayReleaseNames = true
    pruneStatsSoon()
    if !isClaimed(version.sockets) { version.sockets.close() }
    tell(moving ? .closeListener(name: name) : .removeListener(name: name))
    keepNamed(by: version)
    log(.info, "listener \(name) stops accepting on \(version.sockets.address)")
  }

  /// A kept connection may bring one more request while it drains: what that needs stays as long.
  private func keepNamed(by version: ListenerVersion) {
    guard let drainTime = version.config.managers.map(\.drainTimeout).max() else { return }
    retiring[ObjectIdentifier(version)] = LeavingListener(
      version: version,
      end: DelayedAction(on: loop, after: drainTime + Self.lastHeadTime) {
        [unowned self] in
        retiring[ObjectIdentifier(version)] = nil
        mayReleaseNames = true
        pruneStatsSoon()
        releaseUnused()
      })
  }

  private func isClaimed(_ sockets: BoundAddress) -> Bool {
    let versions =
      departing.values.map(\.version) + listeners.values.map(\.newest)
      + listeners.values.compactMap(\.active)
    return versions.contains { $0.sockets === sockets }
  }

  /// Closes what the workers do not hold: with theirs gone nobody could accept.
  func closeSockets() {
    for name in Array(departing.keys) { endDeparture(of: name) }
    for state in listeners.values {
      state.newest.sockets.close()
      state.active?.sockets.close()
    }
  }
}
