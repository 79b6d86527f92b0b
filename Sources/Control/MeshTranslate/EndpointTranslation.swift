import MeshModel
import SwiftProtobuf
import XDSProtos

/// Endpoint slices to load assignments: one per port of a service, grouped by zone.
struct EndpointTranslation {
  typealias Assignment = Envoy_Config_Endpoint_V3_ClusterLoadAssignment

  /// Slices by the service they serve.
  private let slices: [ObjectKey: [EndpointSlice]]

  init(_ mesh: Mesh) {
    slices = Dictionary(grouping: mesh.endpointSlices) { slice in
      ObjectKey(.service, namespace: slice.namespace, name: slice.service)
    }
  }

  /// One assignment per port, empty where nothing is ready. Peers that are not ready are left out.
  func assignments(of service: Service) -> [Assignment] {
    service.ports.map { port in
      var zones: [String: Set<Peer>] = [:]
      for slice in slices[service.key] ?? [] {
        guard let number = slice.number(for: port, of: service) else { continue }
        for endpoint in slice.endpoints where endpoint.isReady {
          for address in endpoint.addresses {
            zones[endpoint.zone ?? "", default: []].insert(Peer(address: address, port: number))
          }
        }
      }
      var assignment = Assignment()
      assignment.clusterName = ClusterTranslation.name(of: port, of: service)
      assignment.endpoints = zones.sorted { $0.key < $1.key }.map(Self.locality)
      return assignment
    }
  }

  private struct Peer: Hashable, Comparable {
    var address: String
    var port: UInt16

    static func < (left: Self, right: Self) -> Bool {
      (left.address, left.port) < (right.address, right.port)
    }
  }

  private static func locality(
    zone: String, peers: Set<Peer>
  ) -> Envoy_Config_Endpoint_V3_LocalityLbEndpoints {
    var locality = Envoy_Config_Endpoint_V3_LocalityLbEndpoints()
    if !zone.isEmpty { locality.locality.zone = zone }
    locality.lbEndpoints = peers.sorted().map { .address($0.address, port: $0.port) }
    return locality
  }
}

extension Envoy_Config_Endpoint_V3_LbEndpoint {
  /// A TCP peer.
  static func address(_ host: String, port: UInt16) -> Self {
    var endpoint = Self()
    endpoint.endpoint.address = .tcp(host, port: port)
    return endpoint
  }
}
