import MeshModel
import SwiftProtobuf
import XDSProtos

/// Services to clusters: one EDS cluster per port.
enum ClusterTranslation {
  typealias Cluster = Envoy_Config_Cluster_V3_Cluster

  /// The name of the cluster that serves a port, for example `my-service-v1.default:80`.
  static func name(of port: ServicePort, of service: Service) -> String {
    "\(service.name).\(service.namespace):\(port.number)"
  }

  static func clusters(of service: Service) -> [Cluster] {
    service.ports.map { port in
      var cluster = basic(name: name(of: port, of: service))
      cluster.type = .eds
      cluster.edsClusterConfig.edsConfig = .overADS
      return cluster
    }
  }

  /// The cluster of the proxy's own application.
  static let applicationName = "local_app"

  static func application(port: UInt16) -> Cluster {
    var cluster = basic(name: applicationName)
    cluster.type = .static
    cluster.loadAssignment = assignment(applicationName, host: "127.0.0.1", port: port)
    return cluster
  }

  /// The cluster spans are sent to.
  static let collectorName = "otlp"

  static func cluster(of collector: TraceCollector) -> Cluster {
    var cluster = basic(name: collectorName)
    cluster.type = collector.isAddress ? .static : .strictDns
    cluster.loadAssignment = assignment(
      collectorName, host: collector.host, port: collector.port)
    return cluster
  }

  private static func basic(name: String) -> Cluster {
    var cluster = Cluster()
    cluster.name = name
    cluster.connectTimeout = .seconds(1)
    return cluster
  }

  private static func assignment(
    _ name: String, host: String, port: UInt16
  ) -> Envoy_Config_Endpoint_V3_ClusterLoadAssignment {
    var assignment = Envoy_Config_Endpoint_V3_ClusterLoadAssignment()
    assignment.clusterName = name
    var locality = Envoy_Config_Endpoint_V3_LocalityLbEndpoints()
    locality.lbEndpoints = [.address(host, port: port)]
    assignment.endpoints = [locality]
    return assignment
  }
}
