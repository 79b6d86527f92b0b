import Config
import Memory
import Platform
import Telemetry
import Upstreams

/// `/clusters?format=json`. Source: `envoy.admin.v3.Clusters`, in proto3's JSON.
public func clustersJSON(_ clusters: [ClusterReport]) -> [UInt8] {
  let text = ByteBuffer(capacity: 16 * 1024)
  text.append("{\"cluster_statuses\":[")
  for (index, cluster) in clusters.enumerated() {
    if index > 0 { text.append(",") }
    cluster.append(to: text)
  }
  text.append("]}\n")
  return Array(text)
}

extension ClusterReport {
  fileprivate func append(to text: ByteBuffer) {
    let name = quoted(name)
    text.append("{\"name\":\(name),\"added_via_api\":\(isDiscovered),\"host_statuses\":[")
    for (index, host) in hosts.enumerated() {
      if index > 0 { text.append(",") }
      host.append(to: text)
    }
    let limits = breakers.named.map { "\"\($0.name)\":\($0.value)" }.joined(separator: ",")
    text.append("],\"circuit_breakers\":{\"thresholds\":[{\"priority\":\"DEFAULT\",\(limits)}]}")
    text.append(",\"observability_name\":\(name)}")
  }
}

extension HostReport {
  fileprivate func append(to text: ByteBuffer) {
    let address = config.address
    text.append("{\"address\":{\"socket_address\":{\"address\":\"\(address.host)\"")
    text.append(",\"port_value\":\(address.port)}},\"stats\":[")
    let gauges = traffic.gauges.map { metric($0.name, $0.value, "GAUGE") }
    let totals = traffic.totals.map { metric($0.name, $0.value, "COUNTER") }
    text.append((gauges + totals).joined(separator: ","))
    text.append("],\"health_status\":{\"eds_health_status\":\"\(config.health.edsName)\"}")
    text.append(",\"weight\":\(config.weight),\"hostname\":\(quoted(config.hostname))")
    text.append(",\"priority\":\(priority),\"locality\":{\"region\":\(quoted(locality.region))")
    text.append(",\"zone\":\(quoted(locality.zone)),\"sub_zone\":\(quoted(locality.subZone))}}")
  }

  private func metric(_ name: String, _ value: UInt64, _ kind: String) -> String {
    "{\"type\":\"\(kind)\",\"name\":\"\(name)\",\"value\":\"\(value)\"}"
  }
}

/// A JSON string.
func quoted(_ text: String) -> String {
  "\"\(String(decoding: escapedJSON(text), as: UTF8.self))\""
}

extension EndpointConfig.Health {
  /// Source: `envoy.config.core.v3.HealthStatus`.
  fileprivate var edsName: String {
    switch self {
    case .healthy: "HEALTHY"
    case .unhealthy: "UNHEALTHY"
    case .degraded: "DEGRADED"
    case .draining: "DRAINING"
    }
  }
}

extension EndpointReport {
  /// Envoy's names.
  var gauges: [(name: String, value: UInt64)] {
    [("cx_active", UInt64(activeConnections)), ("rq_active", UInt64(activeRequests))]
  }

  /// Envoy's names.
  var totals: [(name: String, value: UInt64)] {
    [
      ("cx_connect_fail", counters.connectFailures), ("cx_total", counters.connections),
      ("rq_error", counters.failures), ("rq_success", counters.successes),
      ("rq_timeout", counters.timeouts), ("rq_total", requests),
    ]
  }
}

extension CircuitBreakersConfig {
  /// Envoy's names.
  var named: [(name: String, value: Int)] {
    [
      ("max_connections", maxConnections), ("max_pending_requests", maxPendingRequests),
      ("max_requests", maxRequests),
    ]
  }
}
