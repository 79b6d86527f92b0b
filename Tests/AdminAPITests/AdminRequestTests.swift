import HTTP1
import HTTPModel
import Testing

@testable import AdminAPI

@Suite("AdminRequest")
struct AdminRequestTests {
  private func answer(_ request: String, from source: FakeSource = FakeSource()) throws
    -> AdminResponse
  {
    let head = RequestHead()
    var decoder = RequestHeadDecoder(limits: HTTP1Limits())
    guard
      case .head = try decoder.decode(Array("\(request)\r\nhost: a\r\n\r\n".utf8).span, into: head)
    else { throw Incomplete() }
    var answer: AdminResponse?
    AdminRequest(head).answer(from: source) { answer = $0 }
    return try #require(answer)
  }

  private func text(_ response: AdminResponse) -> String {
    String(decoding: response.body, as: UTF8.self)
  }

  @Test func aProxyThatServesIsReady() throws {
    let response = try answer("GET /ready HTTP/1.1")
    #expect(response.status == 200)
    #expect(text(response) == "LIVE\n")
  }

  @Test func oneThatDoesNotSaysWhy() throws {
    let response = try answer(
      "GET /ready HTTP/1.1", from: FakeSource(reasonNotReady: "no listener"))
    #expect(response.status == 503)
    #expect(text(response) == "no listener\n")
  }

  @Test(arguments: [
    ("/stats", "text used=false filter=nil"),
    ("/stats?usedonly", "text used=true filter=nil"),
    ("/stats?filter=cluster.a&usedonly", "text used=true filter=cluster.a"),
    ("/stats?filter=a%2eb%zz", "text used=false filter=a.b%zz"),
    ("/stats?format=json&filter=x", "json used=false filter=x"),
    ("/stats?format=prometheus", "metrics open=false used=false"),
    ("/stats/prometheus?usedonly", "metrics open=false used=true"),
    ("/clusters", "clusters json=false"),
    ("/clusters?format=json", "clusters json=true"),
    ("/config_dump", "dump"),
    ("/listeners", "listeners"),
  ])
  func thePathAndItsQuerySayWhatIsAsked(target: String, asked: String) throws {
    let response = try answer("GET \(target) HTTP/1.1")
    #expect(response.status == 200)
    #expect(text(response) == asked)
  }

  @Test func openMetricsIsGivenToThoseThatAcceptIt() throws {
    let response = try answer(
      "GET /stats/prometheus HTTP/1.1\r\naccept: application/openmetrics-text; version=1.0.0")
    #expect(text(response) == "metrics open=true used=false")
  }

  @Test func aFormatThatThereIsNotIsNamedWithThoseThatThereAre() throws {
    let response = try answer("GET /stats?format=xml HTTP/1.1")
    #expect(response.status == 400)
    #expect(text(response) == "found format xml, accepted: text, json, prometheus\n")
  }

  @Test func aPathThatThereIsNotIsAnsweredWithThoseThatThereAre() throws {
    let response = try answer("GET /nothing HTTP/1.1")
    #expect(response.status == 404)
    #expect(text(response).contains("POST /drain"))
  }

  @Test(arguments: [
    ("POST /stats", "GET, HEAD"), ("GET /drain", "POST"), ("PUT /clusters", "GET, HEAD"),
  ])
  func aWrongMethodIsToldTheRightOne(request: String, allowed: String) throws {
    let response = try answer("\(request) HTTP/1.1")
    #expect(response.status == 405)
    #expect(response.allow == allowed)
  }

  @Test func aDrainIsBegunByThoseThatAreNoWebPage() throws {
    let source = FakeSource()
    #expect(try answer("POST /drain HTTP/1.1\r\norigin: http://evil", from: source).status == 403)
    #expect(!source.isDraining)
    #expect(try answer("POST /drain HTTP/1.1", from: source).status == 200)
    #expect(source.isDraining)
  }
}

private struct Incomplete: Error {}

/// Answers with what it was asked.
private final class FakeSource: AdminSource {
  let reason: String?
  private(set) var isDraining = false

  init(reasonNotReady: String? = nil) { reason = reasonNotReady }

  func reasonNotReady() -> String? { reason }

  func statsText(usedOnly: Bool, filter: String?) -> [UInt8] {
    Array("text used=\(usedOnly) filter=\(filter ?? "nil")".utf8)
  }

  func statsJSON(usedOnly: Bool, filter: String?) -> [UInt8] {
    Array("json used=\(usedOnly) filter=\(filter ?? "nil")".utf8)
  }

  func metrics(openMetrics: Bool, usedOnly: Bool) -> (contentType: String, body: [UInt8]) {
    ("text/plain", Array("metrics open=\(openMetrics) used=\(usedOnly)".utf8))
  }

  func configDump() -> [UInt8] { Array("dump".utf8) }

  func clusters(asJSON: Bool, _ reply: @escaping ([UInt8]) -> Void) {
    reply(Array("clusters json=\(asJSON)".utf8))
  }

  func listenersText() -> [UInt8] { Array("listeners".utf8) }

  func certificates() -> [UInt8] { Array("certificates".utf8) }

  func beginDrain() { isDraining = true }
}
