import HTTPModel
import Routing
import Testing

@Suite struct FeignedFieldTests {
  private func kept(_ names: [String], isEdge: Bool) -> (names: [String], underscored: Int) {
    let head = Request.make("/", names.map { ($0, "1") })
    let underscored = head.removeFeignedFields(isEdge: isEdge)
    return (head.lines.dropFirst().map { String($0.dropLast(": 1".count)) }, underscored)
  }

  @Test(arguments: ["x-envoy-internal", "X-Envoy-Max-Retries", "x-envoy-upstream-rq-timeout-ms"])
  func whatSteersAProxyIsTakenFromEveryClient(name: String) {
    #expect(kept([name, "accept", name], isEdge: false) == (["accept"], 0))
    #expect(kept([name, "accept", name], isEdge: true) == (["accept"], 0))
  }

  @Test(arguments: ["x-envoy-external-address", "X-ENVOY-Original-Path", "x-envoy-anything"])
  func whatInformsIsTakenAtTheEdgeAlone(name: String) {
    #expect(kept([name], isEdge: false) == ([name], 0))
    #expect(kept([name], isEdge: true) == ([], 0))
  }

  @Test(arguments: [
    "x_forwarded_client_cert", "X_Forwarded-For", "x-forwarded_proto", "x_forwarded_host",
    "x_forwarded_port", "x_request_id", "content_length", "Transfer_Encoding", "content_type",
    "keep_alive", "proxy_connection", "x_envoy_internal", "x-envoy_internal",
    "X_ENVOY_ORIGINAL_PATH",
    "x-envoy-retry_on",
  ])
  func whatDiffersByUnderscoresAloneIsTakenFromEveryClient(name: String) {
    #expect(kept([name, "accept", name], isEdge: false) == (["accept"], 2))
    #expect(kept([name, "accept", name], isEdge: true) == (["accept"], 2))
  }

  @Test func otherFieldsStay() {
    let others = [
      "x-envoy", "x-envoys-retry-on", "xx-envoy-internal", "x-request-id", "x_token",
      "x_forwarded_fo", "x_forwarded_client_certs", "content_lengths", "ho_st", "____________",
    ]
    #expect(kept(others, isEdge: true) == (others, 0))
  }
}
