import MeshModel
import SwiftProtobuf
import Testing
import XDSProtos

@testable import MeshTranslate

@Suite struct MeshTranslationTests {
  private let web = Service(name: "web", ports: [ServicePort(name: "http", number: 80)])
  private let v1 = Service(name: "web-v1", ports: [ServicePort(name: "http", number: 80)])

  private var mesh: Mesh {
    let slice = EndpointSlice(
      name: "web-v1-a", service: "web-v1",
      endpoints: [
        Endpoint(addresses: ["10.0.0.2"], zone: "b"), Endpoint(addresses: ["10.0.0.1"], zone: "a"),
        Endpoint(addresses: ["10.0.0.3"], isReady: false),
      ], ports: [EndpointPort(name: "http", number: 8080)])
    let split = TrafficSplit(
      name: "web", service: "web",
      backends: [
        TrafficSplitBackend(service: "web-v1", weight: 100),
        TrafficSplitBackend(service: "web", weight: 0),
      ])
    return Mesh([
      .service(web), .service(v1), .endpointSlice(slice), .trafficSplit(split),
    ])
  }

  private func resources(
    _ mesh: Mesh, _ profile: ProxyProfile = ProxyProfile(node: "n"),
    _ options: TranslationOptions = TranslationOptions()
  ) -> ResourceSnapshot {
    MeshTranslation(options: options).resources(
      of: MeshSnapshot(revision: 1, mesh: mesh), for: profile)
  }

  private func json<Resource: Message>(
    _ type: Resource.Type, _ resource: EncodedResource?
  ) throws -> String {
    try Resource(serializedBytes: try #require(resource).any.value).jsonString()
  }

  @Test func namesClustersByServiceNamespaceAndPort() {
    let names = resources(mesh)[.cluster].keys.sorted()
    #expect(names == ["web-v1.default:80", "web.default:80"])
  }

  @Test func takesEndpointsOverTheSameStream() throws {
    let json = try json(
      Envoy_Config_Cluster_V3_Cluster.self, resources(mesh)[.cluster]["web-v1.default:80"])
    #expect(
      json == """
        {"name":"web-v1.default:80","type":"EDS","edsClusterConfig":{"edsConfig":{"ads":{},\
        "resourceApiVersion":"V3"}},"connectTimeout":"1s"}
        """)
  }

  @Test func groupsReadyEndpointsByZone() throws {
    let json = try json(
      Envoy_Config_Endpoint_V3_ClusterLoadAssignment.self,
      resources(mesh)[.endpoints]["web-v1.default:80"])
    #expect(
      json == """
        {"clusterName":"web-v1.default:80","endpoints":[\
        {"locality":{"zone":"a"},"lbEndpoints":[{"endpoint":{"address":{"socketAddress":\
        {"address":"10.0.0.1","portValue":8080}}}}]},\
        {"locality":{"zone":"b"},"lbEndpoints":[{"endpoint":{"address":{"socketAddress":\
        {"address":"10.0.0.2","portValue":8080}}}}]}]}
        """)
  }

  @Test func givesAServiceWithoutEndpointsAnEmptyAssignment() throws {
    let json = try json(
      Envoy_Config_Endpoint_V3_ClusterLoadAssignment.self,
      resources(mesh)[.endpoints]["web.default:80"])
    #expect(json == #"{"clusterName":"web.default:80"}"#)
  }

  @Test func splitsByWeightAndAnswersUnknownAuthorities() throws {
    let json = try json(
      Envoy_Config_Route_V3_RouteConfiguration.self, resources(mesh)[.route]["routing"])
    #expect(
      json.contains(
        """
        {"name":"web.default:80","domains":["web","web:80","web.default","web.default:80",\
        "web.default.svc","web.default.svc:80","web.default.svc.cluster.local",\
        "web.default.svc.cluster.local:80"],"routes":[{"match":{"prefix":"/"},"route":\
        {"weightedClusters":{"clusters":[{"name":"web-v1.default:80","weight":100},\
        {"name":"web.default:80","weight":0}]},"timeout":"0s"}}]}
        """))
    #expect(json.contains(#"{"name":"unknown","domains":["*"],"#))
    #expect(json.contains(#""directResponse":{"status":404"#))
  }

  @Test func givesNoDomainToTwoVirtualHosts() throws {
    let ports = [ServicePort(name: "a", number: 8080), ServicePort(name: "b", number: 80)]
    let elsewhere = Service(namespace: "other", name: "web", ports: [ServicePort(number: 80)])
    let mesh = Mesh([.service(Service(name: "web", ports: ports)), .service(elsewhere)])
    let route = try Envoy_Config_Route_V3_RouteConfiguration(
      serializedBytes: try #require(resources(mesh)[.route]["routing"]).any.value)
    let domains = route.virtualHosts.flatMap(\.domains)
    #expect(Set(domains).count == domains.count)
    let bare = route.virtualHosts.first { $0.domains.contains("web") }
    #expect(bare?.name == "web.default:80")
  }

  @Test func knowsShortNamesInTheProxysNamespaceOnly() throws {
    let profile = ProxyProfile(node: "n", namespace: "shop")
    let route = try Envoy_Config_Route_V3_RouteConfiguration(
      serializedBytes: try #require(resources(mesh, profile)[.route]["routing"]).any.value)
    let domains = route.virtualHosts.flatMap(\.domains)
    #expect(!domains.contains("web"))
    #expect(domains.contains("web.default"))
  }

  @Test func givesASidecarAnInboundListenerForItsApplicationOnly() {
    var profile = ProxyProfile(node: "n")
    #expect(resources(mesh, profile)[.listener].keys.sorted() == ["outbound"])
    profile.appPort = 9000
    #expect(resources(mesh, profile)[.listener].keys.sorted() == ["inbound", "outbound"])
    #expect(resources(mesh, profile)[.cluster]["local_app"] != nil)
    profile.role = .ingress
    #expect(resources(mesh, profile)[.listener].keys.sorted() == ["ingress"])
  }

  @Test func sendsSpansOverAClusterOfTheCollector() throws {
    let collector = try #require(TraceCollector("http://127.0.0.1:4318"))
    let options = TranslationOptions(collector: collector, traceRatio: 0.25)
    let made = resources(mesh, ProxyProfile(node: "n", cluster: "shop"), options)
    let cluster = try json(Envoy_Config_Cluster_V3_Cluster.self, made[.cluster]["otlp"])
    #expect(cluster.contains(#""type":"STATIC""#) && cluster.contains(#""portValue":4318"#))
    KnownExtensions.register()
    let listener = try json(Envoy_Config_Listener_V3_Listener.self, made[.listener]["outbound"])
    #expect(listener.contains(#""randomSampling":{"value":25.0}"#))
    #expect(listener.contains(#""uri":"http://127.0.0.1:4318/v1/traces""#))
    #expect(listener.contains(#""serviceName":"shop""#))
  }

  @Test func versionsAreOfTheContentAlone() {
    let first = resources(mesh)
    var changed = mesh
    changed[web.key] = .service(web)
    let second = MeshTranslation().resources(
      of: MeshSnapshot(revision: 9, mesh: changed), for: ProxyProfile(node: "n"))
    for type in ResourceType.allCases {
      #expect(
        ResourceSnapshot.version(of: first[type].values)
          == ResourceSnapshot.version(of: second[type].values))
    }
    changed[v1.key] = nil
    #expect(
      ResourceSnapshot.version(of: first[.cluster].values)
        != ResourceSnapshot.version(of: resources(changed)[.cluster].values))
  }
}

@Suite struct TraceCollectorTests {
  @Test(arguments: [
    ("http://127.0.0.1:4318", "127.0.0.1", 4318, "http://127.0.0.1:4318/v1/traces"),
    ("http://collector", "collector", 4318, "http://collector/v1/traces"),
    ("http://[::1]:9/x", "::1", 9, "http://[::1]:9/x"),
  ])
  func readsTheParts(text: String, host: String, port: UInt16, url: String) throws {
    let collector = try #require(TraceCollector(text))
    #expect(collector.host == host && collector.port == port && collector.url == url)
  }

  @Test(arguments: ["127.0.0.1:4318", "https://a", "http://", "http://a:b", "http://a:99999"])
  func refusesWhatIsNoPlainURL(text: String) {
    #expect(TraceCollector(text) == nil)
  }
}

@Suite struct ProxyProfileTests {
  private func node(_ metadata: [String: Google_Protobuf_Value]) -> Envoy_Config_Core_V3_Node {
    var node = Envoy_Config_Core_V3_Node()
    node.id = "n"
    node.metadata.fields = metadata
    return node
  }

  @Test func takesPortsAsNumbersAndAsStrings() throws {
    let profile = try ProxyProfile(
      node(["app_port": Google_Protobuf_Value(numberValue: 9000), "outbound_port": "15002"]))
    #expect(profile.appPort == 9000)
    #expect(profile.outboundPort == 15002)
    #expect(profile.role == .sidecar)
  }

  @Test(arguments: ["0", "65536", "http", "-1"])
  func refusesWhatIsNoPort(text: String) {
    #expect(throws: ProfileFault.self) {
      try ProxyProfile(node(["app_port": Google_Protobuf_Value(stringValue: text)]))
    }
  }
}
