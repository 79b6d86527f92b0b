import AdminAPI
import Config
import Memory
import Platform
import Telemetry

extension ProxyProcess: AdminSource {
  public func reasonNotReady() -> String? {
    if isDraining { return "DRAINING" }
    return dataPlane.reasonNotReady(awaitsDiscovery: bootstrap.ads != nil)
  }

  public func statsText(usedOnly: Bool, filter: String?) -> [UInt8] {
    measure()
    let text = ByteBuffer(capacity: 16 * 1024)
    dataPlane.stats.appendText(
      to: text, usedOnly: usedOnly, filter: filter.map { part in { $0.contains(part) } })
    return Array(text)
  }

  public func metricsText(openMetrics: Bool) -> [UInt8] {
    measure()
    let text = ByteBuffer(capacity: 16 * 1024)
    dataPlane.stats.appendMetrics(
      to: text, as: openMetrics ? .openMetrics : .prometheus, version: martletVersion)
    return Array(text)
  }

  /// Brings the gauges that nobody writes in passing up to date.
  private func measure() {
    let server = dataPlane.stats.server
    server.uptime.set(MonotonicInstant.now().nanoseconds(since: startedAt) / 1_000_000_000)
    server.live.set(reasonNotReady() == nil ? 1 : 0)
    server.state.set(isDraining ? 1 : reasonNotReady() == nil ? 0 : 2)
    server.concurrency.set(UInt64(dataPlane.workerCount))
    server.memoryResident.set(residentMemoryBytes())
  }

  public func configDump() -> [UInt8] {
    var dump = bootstrapDump
    ads?.addHeldResources(to: &dump)
    return dump.encode()
  }

  public func clustersText() -> [UInt8] { Array(dataPlane.clustersText().utf8) }
  public func listenersText() -> [UInt8] { Array(dataPlane.listenersText().utf8) }
}
