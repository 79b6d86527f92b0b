import Config
import Platform
import Upstreams

/// A cluster as `/clusters` shows it.
public struct ClusterReport {
  public let name: String
  /// It came from the control plane, not from the file.
  public let isDiscovered: Bool
  /// Its endpoints are known.
  public let isWarm: Bool
  public let breakers: CircuitBreakersConfig
  public let hosts: [HostReport]
}

/// An endpoint as `/clusters` shows it.
public struct HostReport {
  public let config: EndpointConfig
  public let locality: LocalityConfig
  public let priority: Int
  /// All workers together.
  public let traffic: EndpointReport
}

extension DataPlane {
  /// Asks the workers and gives every cluster, sorted by name.
  public func reportClusters(_ reply: @escaping ([ClusterReport]) -> Void) {
    let isFirst = survey.ask(of: workerCount) { [unowned self] in reply(clusterReports($0)) }
    if isFirst { tell(.reportEndpoints) }
  }

  private func clusterReports(_ reports: [EndpointSurvey.Reports]) -> [ClusterReport] {
    clusters.values.sorted { $0.config.name < $1.config.name }.map { state in
      ClusterReport(
        name: state.config.name, isDiscovered: state.isDiscovered, isWarm: state.isWarm,
        breakers: state.config.circuitBreakers,
        hosts: hosts(state, reports.lazy.compactMap { $0[state.id] }.flatMap(\.self)))
    }
  }

  private func hosts(_ state: ClusterState, _ reports: [EndpointReport]) -> [HostReport] {
    var traffic: [SocketAddress: EndpointReport] = [:]
    for report in reports {
      if traffic[report.address]?.add(report) == nil { traffic[report.address] = report }
    }
    var hosts: [HostReport] = []
    var seen: Set<SocketAddress> = []
    for locality in state.endpoints?.localities ?? [] {
      for endpoint in locality.endpoints where seen.insert(endpoint.address).inserted {
        hosts.append(
          HostReport(
            config: endpoint, locality: locality.locality, priority: locality.priority,
            traffic: traffic[endpoint.address] ?? EndpointReport(endpoint.address)))
      }
    }
    return hosts
  }
}
