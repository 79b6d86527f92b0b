import MeshModel
import SwiftProtobuf
import XDSProtos

/// Services and traffic splits to the one route configuration of a proxy, which picks a service by
/// the request's authority.
struct RouteTranslation {
  typealias Configuration = Envoy_Config_Route_V3_RouteConfiguration
  typealias VirtualHost = Envoy_Config_Route_V3_VirtualHost
  typealias Route = Envoy_Config_Route_V3_Route

  /// The name listeners ask for.
  static let name = "routing"

  let mesh: Mesh
  /// Services of this namespace are also known by their name alone.
  let namespace: String
  private let splits: [ObjectKey: TrafficSplit]

  init(mesh: Mesh, namespace: String) {
    self.mesh = mesh
    self.namespace = namespace
    let rooted = mesh.trafficSplits.map { split in
      (ObjectKey(.service, namespace: split.namespace, name: split.service), split)
    }
    splits = Dictionary(rooted) { first, _ in first }
  }

  func configuration() -> Configuration {
    var configuration = Configuration()
    configuration.name = Self.name
    configuration.virtualHosts = mesh.services.flatMap(virtualHosts) + [Self.nowhere]
    return configuration
  }

  // MARK: Virtual hosts

  /// One virtual host per port. Names without a port mean port 80, or else the first.
  private func virtualHosts(of service: Service) -> [VirtualHost] {
    let primary = service.ports.first { $0.number == 80 } ?? service.ports[0]
    return service.ports.map { port in
      var host = VirtualHost()
      host.name = ClusterTranslation.name(of: port, of: service)
      host.domains = names(of: service).flatMap { name in
        port == primary ? [name, "\(name):\(port.number)"] : ["\(name):\(port.number)"]
      }
      host.routes = [route(to: service, port)]
      return host
    }
  }

  private func names(of service: Service) -> [String] {
    let qualified = "\(service.name).\(service.namespace)"
    let names = [qualified, "\(qualified).svc", "\(qualified).svc.cluster.local"]
    return service.namespace == namespace ? [service.name] + names : names
  }

  /// What an authority that is no service gets.
  private static var nowhere: VirtualHost {
    var host = VirtualHost()
    host.name = "unknown"
    host.domains = ["*"]
    var route = Route()
    route.match.prefix = "/"
    route.directResponse.status = 404
    route.directResponse.body.inlineString = "no service of this name\n"
    host.routes = [route]
    return host
  }

  // MARK: Routes

  private func route(to service: Service, _ port: ServicePort) -> Route {
    var route = Route()
    route.match.prefix = "/"
    if let split = splits[service.key] {
      route.route.weightedClusters = shares(of: split, port)
    } else {
      route.route.cluster = ClusterTranslation.name(of: port, of: service)
    }
    route.route.timeout = .seconds(0)
    return route
  }

  /// The backends of a split, each by the cluster of the port that stands for the root's.
  private func shares(
    of split: TrafficSplit, _ port: ServicePort
  ) -> Envoy_Config_Route_V3_WeightedCluster {
    var shares = Envoy_Config_Route_V3_WeightedCluster()
    shares.clusters = split.backends.compactMap { backend in
      guard let service = mesh.service(backend.service, in: split.namespace),
        let counterpart = service.counterpart(of: port)
      else { return nil }
      var share = Envoy_Config_Route_V3_WeightedCluster.ClusterWeight()
      share.name = ClusterTranslation.name(of: counterpart, of: service)
      share.weight = Google_Protobuf_UInt32Value(backend.weight)
      return share
    }
    return shares
  }
}
