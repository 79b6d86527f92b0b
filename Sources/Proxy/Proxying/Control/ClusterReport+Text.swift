import Config
import Memory
import Platform
import Telemetry

/// Envoy's text of `/clusters`: a line for each fact.
public func clustersText(_ clusters: [ClusterReport]) -> [UInt8] {
  let text = ByteBuffer(capacity: 16 * 1024)
  for cluster in clusters {
    cluster.append(to: text)
    for host in cluster.hosts { host.append(to: text, prefix: "\(cluster.name)::") }
  }
  return Array(text)
}

extension ClusterReport {
  fileprivate func append(to text: ByteBuffer) {
    text.append("\(name)::observability_name::\(name)\n")
    for (limit, value) in breakers.named {
      text.append("\(name)::default_priority::\(limit)::\(value)\n")
    }
    text.append("\(name)::added_via_api::\(isDiscovered)\n")
    if !isWarm { text.append("\(name)::warming\n") }
  }
}

extension HostReport {
  fileprivate func append(to text: ByteBuffer, prefix: String) {
    let prefix = "\(prefix)\(config.address)::"
    for (name, value) in traffic.gauges + traffic.totals {
      text.append("\(prefix)\(name)::\(value)\n")
    }
    text.append("\(prefix)hostname::\(config.hostname)\n")
    text.append("\(prefix)health_flags::\(config.health.flags)\n")
    text.append("\(prefix)weight::\(config.weight)\n")
    text.append("\(prefix)region::\(locality.region)\n")
    text.append("\(prefix)zone::\(locality.zone)\n")
    text.append("\(prefix)sub_zone::\(locality.subZone)\n")
    text.append("\(prefix)priority::\(priority)\n")
  }
}

extension EndpointConfig.Health {
  /// Envoy's health flags.
  fileprivate var flags: String {
    switch self {
    case .healthy: "healthy"
    case .unhealthy: "/failed_eds_health"
    case .degraded: "/degraded_eds_health"
    case .draining: "/eds_status_draining"
    }
  }
}
