import HTTPModel
import Routing
import Testing

@Suite struct EnvoyFieldTests {
  private func kept(_ names: [String], isEdge: Bool) -> [String] {
    let head = Request.make("/", names.map { ($0, "1") })
    head.removeEnvoyFields(isEdge: isEdge)
    return head.lines.dropFirst().map { String($0.dropLast(": 1".count)) }
  }

  @Test(arguments: ["x-envoy-internal", "X-Envoy-Max-Retries", "x-envoy-upstream-rq-timeout-ms"])
  func whatSteersAProxyIsTakenFromEveryClient(name: String) {
    #expect(kept([name, "accept", name], isEdge: false) == ["accept"])
    #expect(kept([name, "accept", name], isEdge: true) == ["accept"])
  }

  @Test(arguments: ["x-envoy-external-address", "X-ENVOY-Original-Path", "x-envoy-anything"])
  func whatInformsIsTakenAtTheEdgeAlone(name: String) {
    #expect(kept([name], isEdge: false) == [name])
    #expect(kept([name], isEdge: true) == [])
  }

  @Test func otherFieldsStay() {
    let others = ["x-envoy", "x-envoys-retry-on", "xx-envoy-internal", "x-request-id"]
    #expect(kept(others, isEdge: true) == others)
  }
}
