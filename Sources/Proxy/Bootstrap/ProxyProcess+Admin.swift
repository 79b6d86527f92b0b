import AdminAPI
import Config
import Memory
import Platform
import Proxying
import Telemetry
import XDSClient
import XDSTranslate

extension ProxyProcess: AdminSource {
  public func reasonNotReady() -> String? {
    if isDraining { return "DRAINING" }
    guard let reason = dataPlane.reasonNotReady(awaitsDiscovery: ads != nil) else { return nil }
    return ads.map { "\(reason)\n\($0.status.summary)" } ?? reason
  }

  public func statsText(usedOnly: Bool, filter: String?) -> [UInt8] {
    measure()
    let text = ByteBuffer(capacity: 16 * 1024)
    dataPlane.stats.appendText(
      to: text, usedOnly: usedOnly, filter: filter.map { part in { $0.holds(part) } })
    return Array(text)
  }

  public func statsJSON(usedOnly: Bool, filter: String?) -> [UInt8] {
    measure()
    let text = ByteBuffer(capacity: 64 * 1024)
    dataPlane.stats.appendJSON(
      to: text, usedOnly: usedOnly, filter: filter.map { part in { $0.holds(part) } })
    return Array(text)
  }

  public func metrics(openMetrics: Bool, usedOnly: Bool) -> (contentType: String, body: [UInt8]) {
    measure()
    let text = ByteBuffer(capacity: 16 * 1024)
    let format: ExpositionFormat = openMetrics ? .openMetrics : .prometheus
    dataPlane.stats.appendMetrics(
      to: text, as: format, usedOnly: usedOnly, version: martletVersion.description)
    return ("\(format.contentType)", Array(text))
  }

  /// Brings the gauges that nobody writes in passing up to date.
  private func measure() {
    let server = dataPlane.stats.server
    server.uptime.set(MonotonicInstant.now().nanoseconds(since: startedAt) / 1_000_000_000)
    server.live.set(reasonNotReady() == nil ? 1 : 0)
    server.state.set(isDraining ? 1 : reasonNotReady() == nil ? 0 : 2)
    server.concurrency.set(UInt64(dataPlane.workerCount))
    server.memoryResident.set(residentMemoryBytes())
    // Where there is no certificate, none expires.
    server.firstExpiry.set(dataPlane.secondsUntilFirstExpiry(now: .now()) ?? UInt64(UInt32.max))
    if let status = ads?.status { measure(status) }
  }

  private func measure(_ status: ADSStatus) {
    let controlPlane = dataPlane.stats.controlPlane
    controlPlane.connectedState.set(status.isConnected ? 1 : 0)
    controlPlane.connectTotal.set(status.connectAttempts)
    controlPlane.disconnectTotal.set(status.connectFailures)
    for type in status.types {
      let block = dataPlane.stats.discovery.blocks(named: type.type.statName)[0]
      block.updateAttempt.set(type.counts.attempts)
      block.updateSuccess.set(type.counts.successes)
      block.updateRejected.set(type.counts.rejections)
      block.updateFailure.set(status.connectFailures)
      block.resources.set(UInt64(type.resourceCount))
    }
  }

  public func configDump() -> [UInt8] {
    var dump = bootstrapDump
    ads?.addHeldResources(to: &dump)
    return dump.encode()
  }

  public func clusters(asJSON: Bool, _ reply: @escaping ([UInt8]) -> Void) {
    dataPlane.reportClusters { reply(asJSON ? clustersJSON($0) : clustersText($0)) }
  }

  public func certificates() -> [UInt8] {
    certificatesJSON(dataPlane.certificateReports, now: .now())
  }

  public func listenersText() -> [UInt8] {
    var text = dataPlane.listenersText()
    for line in ads?.status.rejectionLines(of: .listener) ?? [] { text += "rejected: \(line)\n" }
    return Array(text.utf8)
  }
}

extension ResourceType {
  /// The name its statistics have.
  fileprivate var statName: String {
    switch self {
    case .cluster: "cds"
    case .clusterLoadAssignment: "eds"
    case .listener: "lds"
    case .routeConfiguration: "rds"
    }
  }
}
