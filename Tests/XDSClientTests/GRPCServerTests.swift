import Config
import Testing
import XDSTranslate

@testable import XDSClient

/// Against grpcio with the official messages: a server that is not ours.
@Suite(.serialized, .enabled(if: ControlPlaneProcess.isAvailable))
struct GRPCServerTests {
  private let cluster = ResourceType.cluster.typeURL
  private let endpoints = ResourceType.clusterLoadAssignment.typeURL
  private let listener = ResourceType.listener.typeURL
  private let routes = ResourceType.routeConfiguration.typeURL

  @Test func receivesEverythingAListenerLeadsTo() throws {
    let server = try ControlPlaneProcess()
    try server.push(cluster, version: "c1", edsCluster("api"))
    try server.push(endpoints, version: "e1", assignment("api", port: 9001))
    try server.push(listener, version: "l1", rdsListener("outbound", routes: "mesh"))
    try server.push(routes, version: "r1", routeTable("mesh", cluster: "api"))
    let stream = try StreamUnderTest(port: server.port)
    try stream.run("routes") { stream.routes["mesh"] != nil && stream.endpoints["api"] != nil }
    let assigned = stream.endpoints["api"]?.localities.first?.endpoints.first?.address
    #expect(assigned == .init("127.0.0.1", port: 9001))
    #expect(stream.listeners["outbound"]?.routeNames == ["mesh"])
    try stream.run("four ACKs") {
      Set(server.requests.filter { $0.responseNonce != nil }.compactMap(\.versionInfo))
        == ["c1", "e1", "l1", "r1"]
    }
    #expect(server.requests.first?.typeUrl == cluster)
    #expect(server.requests.compactMap(\.node?.id) == ["node-1"])
    #expect(stream.client.status.isConnected)
  }

  @Test func usesTheGoodResourcesAndNamesTheBadOne() throws {
    let server = try ControlPlaneProcess()
    try server.push(cluster, version: "1", edsCluster("good"))
    let stream = try StreamUnderTest(port: server.port)
    try stream.run("the first version") { stream.clusters["good"] != nil }
    let bad = #"{"@type": "\#(cluster)", "name": "bad", "type": "ORIGINAL_DST"}"#
    try server.push(cluster, version: "2", "\(edsCluster("good")), \(edsCluster("new")), \(bad)")
    try stream.run("a NACK") { server.requests.contains { $0.errorDetail != nil } }
    let nack = try #require(server.requests.first { $0.errorDetail != nil })
    #expect(nack.versionInfo == "1")
    #expect(nack.errorDetail?.code == 3)
    #expect(nack.errorDetail?.message.contains("clusters[bad]") == true)
    #expect(Set(stream.clusters.keys) == ["good", "new"])
    #expect(stream.client.status.types[0].lastRejection?.contains("clusters[bad]") == true)
  }

  @Test func resumesAfterTheServerWasKilled() throws {
    let first = try ControlPlaneProcess()
    try first.push(cluster, version: "7", edsCluster("api"))
    let stream = try StreamUnderTest(port: first.port)
    try stream.run("the ACK") { first.requests.contains { $0.versionInfo == "7" } }
    first.kill()
    try stream.run("the loss") { !stream.client.status.isConnected }
    let second = try ControlPlaneProcess(port: first.port)
    try stream.run("the new stream") { second.requests.count >= 2 }
    #expect(second.requests[0].typeUrl == cluster)
    #expect(second.requests[0].versionInfo == "7")
    #expect(second.requests[0].responseNonce == nil)
    #expect(second.requests[0].node?.id == "node-1")
    #expect(second.requests[1].typeUrl == endpoints)
    #expect(second.requests[1].resourceNames == ["api"])
    #expect(stream.clusters["api"] != nil)
  }

  @Test func saysWhyTheServerEndedTheStream() throws {
    let server = try ControlPlaneProcess()
    let stream = try StreamUnderTest(port: server.port)
    try stream.run("requests") { server.requests.count >= 2 }
    try server.command(#"{"end": "PERMISSION_DENIED", "details": "who are you?"}"#)
    try stream.run("the end") { stream.client.status.connectFailures > 0 }
    let error = try #require(stream.client.status.lastError)
    #expect(error.contains("PERMISSION_DENIED (7): who are you?"))
  }

  @Test func takesALargeResponse() throws {
    let server = try ControlPlaneProcess()
    let many = (0..<5_000).map { edsCluster("cluster-\($0)") }.joined(separator: ",")
    try server.push(cluster, version: "1", many)
    let stream = try StreamUnderTest(port: server.port)
    try stream.run("all clusters") { stream.clusters.count == 5_000 }
    try stream.run("their endpoints asked for") {
      server.requests.contains { $0.typeUrl == endpoints && $0.resourceNames?.count == 5_000 }
    }
  }

  // MARK: resources

  private func edsCluster(_ name: String) -> String {
    #"""
    {"@type": "\#(cluster)", "name": "\#(name)", "type": "EDS",
     "eds_cluster_config": {"eds_config": {"ads": {}, "resource_api_version": "V3"}}}
    """#
  }

  private func assignment(_ name: String, port: Int) -> String {
    #"""
    {"@type": "\#(endpoints)", "cluster_name": "\#(name)", "endpoints": [{"lb_endpoints": [
      {"endpoint": {"address": {"socket_address":
        {"address": "127.0.0.1", "port_value": \#(port)}}}}]}]}
    """#
  }

  private func rdsListener(_ name: String, routes: String) -> String {
    let manager =
      "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3"
      + ".HttpConnectionManager"
    let router = "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router"
    return #"""
      {"@type": "\#(listener)", "name": "\#(name)",
       "address": {"socket_address": {"address": "127.0.0.1", "port_value": 15001}},
       "filter_chains": [{"filters": [{"name": "http", "typed_config": {"@type": "\#(manager)",
         "stat_prefix": "out", "rds": {"route_config_name": "\#(routes)",
           "config_source": {"ads": {}, "resource_api_version": "V3"}},
         "http_filters": [{"name": "router", "typed_config": {"@type": "\#(router)"}}]}}]}]}
      """#
  }

  private func routeTable(_ name: String, cluster: String) -> String {
    #"""
    {"@type": "\#(routes)", "name": "\#(name)", "virtual_hosts": [{"name": "v", "domains": ["*"],
      "routes": [{"match": {"prefix": "/"}, "route": {"cluster": "\#(cluster)"}}]}]}
    """#
  }
}
