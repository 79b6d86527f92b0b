import MeshModel
import Testing

@Suite struct MeshValidationTests {
  private let http = ServicePort(name: "http", number: 80)

  private func service(_ name: String, _ ports: ServicePort...) -> MeshObject {
    .service(Service(name: name, ports: ports.isEmpty ? [http] : ports))
  }

  private func split(_ name: String, of service: String, _ backends: String...) -> MeshObject {
    let backends = backends.map { TrafficSplitBackend(service: $0, weight: 1) }
    return .trafficSplit(TrafficSplit(name: name, service: service, backends: backends))
  }

  @Test func findsNothingWrongWithASoundSplit() {
    let mesh = Mesh([service("a"), service("b"), split("s", of: "a", "a", "b")])
    #expect(mesh.faults().isEmpty)
  }

  @Test func namesABackendThatIsNoServiceAndTheNearestThatIs() throws {
    let mesh = Mesh([service("web"), service("web-v1"), split("s", of: "web", "web-v2")])
    let fault = try #require(mesh.faults().first)
    #expect(fault.path.description == "spec.backends[0].service")
    #expect(fault.found == "\"web-v2\"")
    #expect(fault.message.contains("did you mean web-v1?"))
  }

  @Test func looksForNoMoreFaultsThanAnyoneReads() {
    let splits = (0..<500).map { split("s\($0)", of: "none\($0)", "also-none\($0)") }
    #expect(Mesh(splits + [service("a")]).faults().count == MeshFault.limit)
  }

  @Test func namesAMissingRootService() {
    let mesh = Mesh([service("b"), split("s", of: "a", "b")])
    #expect(mesh.faults().map(\.path.description) == ["spec.service"])
  }

  @Test func refusesTwoSplitsOfOneService() {
    let mesh = Mesh([
      service("a"), service("b"), split("s1", of: "a", "b"), split("s2", of: "a", "b"),
    ])
    #expect(mesh.faults().map(\.object?.name) == ["s2"])
  }

  @Test func refusesABackendWithoutAPortForTheRoots() {
    let metrics = ServicePort(name: "metrics", number: 9090)
    let admin = ServicePort(name: "admin", number: 9091)
    let mesh = Mesh([service("a"), service("b", metrics, admin), split("s", of: "a", "b")])
    #expect(mesh.faults().count == 1)
  }

  @Test func pairsPortsByNumberThenByNameThenBeingTheOnlyOne() {
    let two = Service(
      name: "b",
      ports: [
        ServicePort(name: "http", number: 8080), ServicePort(name: "other", number: 80),
      ])
    #expect(two.counterpart(of: http)?.name == "other")
    #expect(two.counterpart(of: ServicePort(name: "http", number: 1))?.number == 8080)
    #expect(two.counterpart(of: ServicePort(name: "none", number: 1)) == nil)
    let one = Service(name: "c", ports: [ServicePort(number: 9)])
    #expect(one.counterpart(of: http)?.number == 9)
  }
}
