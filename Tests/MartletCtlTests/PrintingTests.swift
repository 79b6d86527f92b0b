import Foundation
import MeshModel
import Testing

@testable import martletctl

@Suite struct PrintingTests {
  @Test func tablesAlignTheirColumnsAndEscapeWhatMovesTheCursor() {
    var table = Table(header: ["NAME", "STATE"])
    table.rows.append(["a-long-name", "in sync"])
    table.rows.append(["b", "refused:\n\u{1B}[2J"])
    #expect(
      table.text == """
        NAME         STATE
        a-long-name  in sync
        b            refused:\\n\\u{1B}[2J
        """)
  }

  @Test func showsASplitWithItsWeights() throws {
    let json = """
      {"apiVersion":"split.smi-spec.io/v1alpha4","metadata":{"name":"s","namespace":"default",
      "resourceVersion":"3"},"spec":{"service":"a","backends":[{"service":"v1","weight":90},
      {"service":"v2","weight":"10m"}]}}
      """
    let document = try JSONDecoder().decode(ObjectDocument.self, from: Data(json.utf8))
    #expect(
      ObjectDocument.table(of: [document], kind: .trafficSplit).text == """
        NAMESPACE  NAME  SERVICE  BACKENDS      REVISION
        default    s     a        v1=90 v2=10m  3
        """)
  }

  private func problem(_ json: String) throws -> ProblemReply {
    let server = try #require(URL(string: "http://h:1"))
    return ProblemReply(Data(json.utf8), status: 422, server: server)
  }

  @Test func tellsEachFaultWithItsPlaceAndWhatIsAccepted() throws {
    let reply = try problem(
      """
      {"type":"urn:martlet:problem:invalid-manifest","detail":"1 fault","faults":[{"document":1,
      "object":"Service default/a","path":"spec.ports[0].port","line":4,"message":"wrong value",
      "found":"0","accepted":["an integer from 1 to 65535"]}]}
      """)
    #expect(
      "\(reply)" == """
        nothing was stored
          Service default/a: spec.ports[0].port: wrong value
            found: 0
            accepted: an integer from 1 to 65535
        """)
  }

  @Test func tellsAProblemWithoutFaults() throws {
    let reply = try problem(
      #"{"type":"urn:martlet:problem:unknown-kind","detail":"no kind","accepted":["services"]}"#)
    #expect("\(reply)" == "no kind\n  accepted: services")
    #expect("\(try problem("<html>"))".contains("http://h:1 answered 422; is it a control plane?"))
  }
}
