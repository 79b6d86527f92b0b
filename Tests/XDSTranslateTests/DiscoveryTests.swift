import Config
import Testing

@testable import XDSTranslate

@Suite struct DiscoveryTests {
  @Test func encodesARequest() throws {
    let node = try wire("{ id: a, cluster: b }", as: TypeName.node)
    let request = DiscoveryRequest(
      typeURL: ResourceType.cluster.typeURL, versionInfo: "3", responseNonce: "n",
      resourceNames: ["x", "y"], encodedNode: node,
      errorDetail: .init(code: 3, message: "clusters[x].name: required"))
    let decoded = try MessageDecoder.decode(
      request.encode(), as: Schema.shared.declared(TypeName.discoveryRequest))
    #expect(
      JSONEncoder.encode(decoded) == """
        {"version_info":"3","node":{"id":"a","cluster":"b"},"resource_names":["x","y"],\
        "type_url":"type.googleapis.com/envoy.config.cluster.v3.Cluster","response_nonce":"n",\
        "error_detail":{"code":3,"message":"clusters[x].name: required"}}
        """)
  }

  @Test func decodesAResponse() throws {
    let cluster = try wire("{ name: api, load_assignment: {} }", as: TypeName.cluster)
    let response = try DiscoveryResponse(
      decoding: try wire(
        """
        version_info: "7"
        nonce: n
        type_url: type.googleapis.com/envoy.config.cluster.v3.Cluster
        control_plane: { identifier: cp }
        resources:
          - { "@type": type.googleapis.com/envoy.config.cluster.v3.Cluster, name: api, load_assignment: {} }
          - "@type": type.googleapis.com/envoy.service.discovery.v3.Resource
            name: wrapped
            resource: { "@type": type.googleapis.com/envoy.config.cluster.v3.Cluster, name: inner }
        """, as: TypeName.discoveryResponse))
    let url = ResourceType.cluster.typeURL
    let inner = try wire("{ name: inner }", as: TypeName.cluster)
    #expect(
      response
        == DiscoveryResponse(
          typeURL: url, versionInfo: "7", nonce: "n",
          resources: [
            .init(typeURL: url, name: "api", bytes: cluster),
            .init(typeURL: url, name: "wrapped", bytes: inner),
          ], controlPlane: "cp"))
  }

  @Test func refusesAResponseThatIsNone() {
    #expect(throws: DiscoveryFault(text: "the message ends in the middle of a field")) {
      try DiscoveryResponse(decoding: [0x0A, 200])
    }
  }

  @Test func findsAResourcesName() throws {
    let bytes = try wire("{ cluster_name: api }", as: TypeName.clusterLoadAssignment)
    #expect(ResourceType.clusterLoadAssignment.resourceName(in: bytes) == "api")
    #expect(ResourceType.cluster.resourceName(in: [0x0A, 9]) == nil)
    #expect(ResourceType(typeURL: "type.googleapis.com/a.B") == nil)
  }

  @Test func dumpsAResource() throws {
    let bytes = try wire("{ name: api, connect_timeout: 1s }", as: TypeName.cluster)
    #expect(
      dumpResource(bytes, typeURL: ResourceType.cluster.typeURL) == """
        {"@type":"type.googleapis.com/envoy.config.cluster.v3.Cluster","name":"api","connect_timeout":"1s"}
        """)
    #expect(dumpResource(bytes, typeURL: "type.googleapis.com/a.B") == nil)
    #expect(dumpResource([0xFF], typeURL: ResourceType.cluster.typeURL) == nil)
  }
}
