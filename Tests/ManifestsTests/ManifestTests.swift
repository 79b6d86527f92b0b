import MeshModel
import Testing

@testable import Manifests

/// The only fault of a text.
func fault(_ text: String) throws -> MeshFault {
  let faults = try #require(throws: ManifestFaults.self) { try Manifest.decode(text) }
  try #require(faults.faults.count == 1, "\(faults.faults)")
  return faults.faults[0]
}

func split(_ version: String, _ weights: String, extra: String = "") -> String {
  """
  apiVersion: split.smi-spec.io/\(version)
  kind: TrafficSplit
  metadata:
    name: web
  spec:
    service: web.default.svc.cluster.local
    backends:
    - service: web-v1
      weight: \(weights)
  \(extra)
  """
}

@Suite struct ManifestTests {
  @Test func readsOfADocumentToRemoveNoMoreThanItsName() throws {
    let text = """
      apiVersion: v1
      kind: Service
      metadata: {name: a, resourceVersion: "3"}
      ---
      {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "b", "namespace": "shop"},
       "spec": {"nothing": "that is known"}}
      """
    let references = try Manifest.references(text)
    #expect(references.map(\.key.description) == ["Service default/a", "Service shop/b"])
    #expect(references.map(\.expectedRevision) == [3, nil])
    #expect(throws: ManifestFaults.self) { try Manifest.references(text + "\n---\n" + text) }
    #expect(throws: ManifestFaults.self) { try Manifest.references("kind: Service") }
  }

  @Test func takesAByteOrderMarkForNoDocument() throws {
    let text = """
      apiVersion: v1
      kind: Service
      metadata: {name: a}
      spec: {ports: [{port: 1}]}
      """
    #expect(try Manifest.decode("\u{FEFF}" + text).count == 1)
  }

  @Test func stopsReadingAfterAsManyFaultsAsAnyoneReads() throws {
    let text = (0..<500).map { _ in "kind: Servic" }.joined(separator: "\n---\n")
    let faults = try #require(throws: ManifestFaults.self) { try Manifest.decode(text) }
    #expect(faults.faults.count == MeshFault.limit)
  }

  @Test func readsDocumentsInTheirOrderAndSkipsEmptyOnes() throws {
    let text = """
      ---
      # nothing here
      ---
      apiVersion: v1
      kind: Service
      metadata: {name: b, namespace: shop}
      spec: {ports: [{name: http, port: 80, targetPort: http}]}
      ---
      {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "a"},
       "spec": {"ports": [{"port": 443}]}}
      """
    let manifests = try Manifest.decode(text)
    #expect(manifests.map(\.key.description) == ["Service shop/b", "Service default/a"])
  }

  @Test func readsTheItemsOfAList() throws {
    let text = """
      apiVersion: v1
      kind: List
      items:
      - {apiVersion: v1, kind: Service, metadata: {name: a}, spec: {ports: [{port: 1}]}}
      - {apiVersion: v1, kind: Service, metadata: {name: b}, spec: {ports: [{port: 1}]}}
      """
    #expect(try Manifest.decode(text).map(\.key.name) == ["a", "b"])
  }

  @Test func storesTheSameTextForTheSameDeclaration() throws {
    let yaml = """
      kind: Service
      apiVersion: v1
      metadata:
        resourceVersion: "7"
        name: 'a'
      spec:
        ports: [{port: 0x50}]
      status: {}
      """
    let json = """
      {"apiVersion":"v1","kind":"Service","metadata":{"name":"a","namespace":"default"},\
      "spec":{"ports":[{"port":80}]}}
      """
    let first = try Manifest.decode(yaml)[0]
    #expect(first.document.json == json)
    #expect(first.expectedRevision == 7)
    #expect(try Manifest.decode(json)[0].document.json == json)
  }

  @Test func tellsWhichFieldsHaveNoEffect() throws {
    let text = """
      apiVersion: v1
      kind: Service
      metadata: {name: a}
      spec:
        selector: {app: a}
        ports: [{port: 80, nodePort: 30080}]
      """
    let ignored = try Manifest.decode(text)[0].ignored.map(\.description)
    #expect(ignored == ["spec.ports[0].nodePort", "spec.selector"])
  }

  @Test func refusesAServiceThatWouldMeanSomethingElse() throws {
    let text = """
      apiVersion: v1
      kind: Service
      metadata: {name: a}
      spec: {type: ExternalName, externalName: example.com}
      """
    let fault = try fault(text)
    #expect(fault.path.description == "spec.type")
    #expect(fault.accepted == ["ClusterIP", "NodePort", "LoadBalancer"])
  }

  @Test func namesTheDocumentThatDeclaresAnObjectAgain() throws {
    let one = """
      apiVersion: v1
      kind: Service
      metadata: {name: a}
      spec: {ports: [{port: 1}]}
      """
    let fault = try fault("\(one)\n---\n\(one)")
    #expect(fault.document == 1)
    #expect(fault.message.contains("document 1"))
  }

  /// Every fault of a text, as its line and path.
  private func faults(_ text: String) throws -> [String] {
    let faults = try #require(throws: ManifestFaults.self) { try Manifest.decode(text) }
    return faults.faults.map { "\($0.line ?? 0) \($0.path)" }
  }

  @Test func tellsEveryFaultOfAServiceInTheOrderOfItsLines() throws {
    let text = """
      apiVersion: v1
      kind: Service
      metadata:
        name: My_Service
        nmespace: q
        labels: {a: 1}
      spec:
        port: 80
        ports:
        - {name: http, port: "80", protcol: TCP}
        - 7
        - {name: x, port: 99999}
        selctor: {a: b}
      statuss: {}
      """
    #expect(
      try faults(text) == [
        "4 metadata.name", "5 metadata.nmespace", "6 metadata.labels.a", "8 spec.port",
        "10 spec.ports[0].port", "10 spec.ports[0].protcol", "11 spec.ports[1]",
        "12 spec.ports[2].port", "13 spec.selctor", "14 statuss",
      ])
  }

  @Test func tellsEveryFaultOfASliceAndOfASplit() throws {
    let slice = """
      apiVersion: discovery.k8s.io/v1
      kind: EndpointSlice
      metadata: {name: a-1}
      addressType: IPv4
      endpoints:
      - addresses: [10.0.0.300, 10.0.0.2, '::1']
      - {adresses: [10.0.0.1], zone: 7}
      ports:
      - {prot: 80}
      """
    #expect(
      try faults(slice) == [
        "3 metadata.labels[\"kubernetes.io/service-name\"]", "6 endpoints[0].addresses[0]",
        "6 endpoints[0].addresses[2]", "7 endpoints[1].adresses", "7 endpoints[1].zone",
        "9 ports[0].prot",
      ])
    let split = """
      apiVersion: split.smi-spec.io/v1alpha2
      kind: TrafficSplit
      metadata: {name: a}
      spec:
        service: a.b.c
        backends:
        - {service: v1, weight: -1}
        - {service: v1, weight: 1}
        - {weight: x}
      """
    #expect(
      try faults(split) == [
        "5 spec.service", "7 spec.backends[0].weight", "8 spec.backends[1].service",
        "9 spec.backends[2].service", "9 spec.backends[2].weight",
      ])
  }

  @Test func saysOfAFieldThatCannotBeReadNotThatItIsMissing() throws {
    #expect(try faults("apiVersion: v1\nkind: Service\nmetadata: [a]\nspec: 1") == ["3 metadata"])
    #expect(try faults("- a") == ["1 "])
  }

  @Test func givesTheLineOfAFault() throws {
    let fault = try fault(split("v1alpha4", "many"))
    #expect(fault.line == 9)
    #expect(fault.path.description == "spec.backends[0].weight")
    #expect(fault.found == "\"many\"")
  }
}

@Suite struct TrafficSplitManifestTests {
  private func decode(_ text: String) throws -> TrafficSplit {
    let object = try Manifest.decode(text)[0].object
    guard case .trafficSplit(let split) = object else {
      throw ManifestFaults([MeshFault("\(object)")])
    }
    return split
  }

  @Test(arguments: ["v1alpha2", "v1alpha3", "v1alpha4"])
  func takesIntegerWeightsSinceTheSecondVersion(version: String) throws {
    let split = try decode(split(version, "90"))
    #expect(split.service == "web")
    #expect(split.backends == [TrafficSplitBackend(service: "web-v1", weight: 90)])
  }

  @Test(arguments: [
    ("500m", 500), ("1", 1000), ("0.5", 500), ("\"1500m\"", 1500), ("2k", 2_000_000),
  ])
  func takesQuantitiesInTheFirst(quantity: String, weight: UInt32) throws {
    #expect(try decode(split("v1alpha1", quantity)).backends[0].weight == weight)
  }

  @Test(arguments: ["-1", "1.5m", "0.0005", "9999999999", "m", "1x", "[]"])
  func refusesWhatIsNoQuantity(text: String) throws {
    #expect(try fault(split("v1alpha1", text)).path.description == "spec.backends[0].weight")
  }

  @Test(arguments: ["v1alpha2", "v1alpha4"])
  func saysThatQuantitiesAreOfTheFirstVersion(version: String) throws {
    #expect(try fault(split(version, "500m")).message.contains("v1alpha1"))
  }

  @Test func listsTheVersionsThereAre() throws {
    let fault = try fault(split("v1beta1", "1"))
    #expect(fault.path.description == "apiVersion")
    #expect(fault.accepted == SMIVersion.allCases.map(\.rawValue))
  }

  @Test(arguments: ["v1alpha3", "v1alpha4"])
  func saysThatMatchesAreNotSupported(version: String) throws {
    let matches = "  matches: [{kind: HTTPRouteGroup, name: a}]"
    let fault = try fault(split(version, "1", extra: matches))
    #expect(fault.path.description == "spec.matches")
    #expect(fault.message.contains("not supported"))
  }

  @Test func doesNotKnowMatchesBeforeTheThirdVersion() throws {
    let fault = try fault(split("v1alpha2", "1", extra: "  matches: []"))
    #expect(fault.message.hasPrefix("unknown field"))
  }

  @Test func refusesWeightsThatAreAllZero() throws {
    #expect(try fault(split("v1alpha4", "0")).path.description == "spec.backends")
  }

  @Test func refusesARootInAnotherNamespace() throws {
    let text = split("v1alpha4", "1").replacing("web.default.svc", with: "web.other.svc")
    #expect(try fault(text).path.description == "spec.service")
  }
}

@Suite struct EndpointSliceManifestTests {
  private func slice(_ endpoint: String, family: String = "IPv4") -> String {
    """
    apiVersion: discovery.k8s.io/v1
    kind: EndpointSlice
    metadata: {name: a-1, labels: {kubernetes.io/service-name: a}}
    addressType: \(family)
    endpoints: [\(endpoint)]
    ports: [{port: 8080}]
    """
  }

  private func endpoint(_ text: String, family: String = "IPv4") throws -> Endpoint {
    let object = try Manifest.decode(slice(text, family: family))[0].object
    guard case .endpointSlice(let slice) = object else {
      throw ManifestFaults([MeshFault("\(object)")])
    }
    return slice.endpoints[0]
  }

  @Test func countsAnEndpointAsReadyUnlessItSaysOtherwise() throws {
    #expect(try endpoint("{addresses: [10.0.0.1]}").isReady)
    #expect(try endpoint("{addresses: [10.0.0.1], conditions: {serving: true}}").isReady)
    #expect(try !endpoint("{addresses: [10.0.0.1], conditions: {ready: false}}").isReady)
    #expect(try !endpoint("{addresses: [10.0.0.1], conditions: {terminating: true}}").isReady)
  }

  @Test func takesIPv6() throws {
    #expect(try endpoint("{addresses: ['fd00::1']}", family: "IPv6").addresses == ["fd00::1"])
  }

  @Test(arguments: ["{addresses: [example.com]}", "{addresses: ['::1']}", "{addresses: [10.0.0]}"])
  func refusesWhatIsNoAddressOfTheFamily(text: String) throws {
    #expect(try fault(slice(text)).path.description == "endpoints[0].addresses[0]")
  }

  @Test func needsTheLabelThatNamesTheService() throws {
    let text = slice("").replacing("kubernetes.io/service-name", with: "app")
    #expect(try fault(text).path.description == "metadata.labels[\"kubernetes.io/service-name\"]")
  }
}
