import Testing

@testable import OperatorAPI

@Suite struct PushAPITests {
  private static func service(_ name: String, port: Int = 80) -> String {
    "{apiVersion: v1, kind: Service, metadata: {name: \(name)}, "
      + "spec: {ports: [{port: \(port)}]}}\n"
  }

  @Test func storesWhatIsPushedAndListsIt() async throws {
    let api = try PushAPICalls()
    let reply = try await api.apply(Self.service("a") + "---\n" + Self.service("b"))
    #expect(reply.status == 200)
    #expect(reply.headers[.eTag] == "\"1\"")
    let list = try await api.call(.get, "/v1/services")
    #expect((try list.json("items") as? [Any])?.count == 2)
    #expect(try await api.call(.get, "/v1/svc/default/a").status == 200)
    #expect(try await api.call(.get, "/v1/services/other").body.contains(#""items":[]"#))
  }

  @Test func storesNothingOfAPushWithAFault() async throws {
    let api = try PushAPICalls()
    let reply = try await api.apply(Self.service("a") + "---\n" + Self.service("b", port: 0))
    #expect(reply.status == 422)
    #expect(reply.headers[.contentType] == "application/problem+json")
    #expect(try reply.json("type") as? String == "urn:martlet:problem:invalid-manifest")
    let fault = try #require((try reply.json("faults") as? [[String: Any]])?.first)
    #expect(fault["document"] as? Int == 2)
    #expect(fault["path"] as? String == "spec.ports[0].port")
    #expect(try await api.call(.get, "/v1/services/default/a").status == 404)
  }

  @Test(arguments: [
    ("/v1/services/%ff%fe", 400, "namespace"),
    ("/v1/services/No_Name", 400, "namespace"),
    ("/v1/servises", 404, "unknown-kind"),
    ("/v1/services/default/none", 404, "no-such-object"),
    ("/v1/services?dryrun=true", 400, "parameter"),
    ("/v2", 404, "http"),
  ])
  func saysWhyACallIsRefused(path: String, status: Int, name: String) async throws {
    let reply = try await PushAPICalls().call(.get, path)
    #expect(reply.status == status)
    #expect(try reply.json("type") as? String == "urn:martlet:problem:\(name)")
  }

  @Test(arguments: [
    ("PUT", "/v1/apply", "POST"), ("GET", "/v1/apply", "POST"), ("PATCH", "/v1/delete", "POST"),
    ("POST", "/v1/status", "GET, HEAD"), ("POST", "/healthz", "GET, HEAD"),
    ("DELETE", "/v1/services", "GET, HEAD"), ("PUT", "/v1/svc/default", "GET, HEAD"),
    ("PUT", "/v1/services/default/a", "GET, HEAD, DELETE"), ("LINK", "/v1/apply", "POST"),
  ])
  func namesTheMethodsThatAPathTakes(method: String, path: String, allowed: String) async throws {
    let reply = try await PushAPICalls().call(try #require(.init(method)), path)
    #expect(reply.status == 405)
    #expect(reply.headers[.allow] == allowed)
    #expect(reply.headers[.contentType] == "application/problem+json")
    #expect(try reply.json("found") as? String == method)
    #expect(
      try reply.json("accepted") as? [String] == allowed.split(separator: ", ").map(String.init))
  }

  @Test(arguments: [("PUT", "/v2"), ("POST", "/v1/servises"), ("PUT", "/v1/svc/a/b/c")])
  func aPathThatIsNotThereIsNotFoundWhateverTheMethod(method: String, path: String) async throws {
    #expect(try await PushAPICalls().call(try #require(.init(method)), path).status == 404)
  }

  @Test func namesTheNearestKind() async throws {
    let reply = try await PushAPICalls().call(.get, "/v1/servises")
    #expect(try reply.json("detail") as? String == "no kind \"servises\"; did you mean services?")
  }

  @Test(arguments: [
    ("application/json", "{}", 422), ("text/plain", "a", 415), (nil, "a", 415),
    ("application/yaml; charset=utf-8", "", 400),
    ("application/yaml", String(repeating: "#", count: 4_097), 413),
  ])
  func refusesBodiesThatAreNoManifests(type: String?, body: String, status: Int) async throws {
    let reply = try await PushAPICalls().call(.post, "/v1/apply", body, type: type)
    #expect(reply.status == status)
  }

  @Test func removesOnlyAtTheRevisionThatIsExpected() async throws {
    let api = try PushAPICalls()
    _ = try await api.apply(Self.service("a"))
    let path = "/v1/services/default/a"
    let late = try await api.call(.delete, path, headers: [.ifMatch: "\"7\""])
    #expect(late.status == 409)
    #expect(try await api.call(.delete, path, headers: [.ifMatch: "seven"]).status == 400)
    #expect(try await api.call(.delete, path, headers: [.ifMatch: "\"1\""]).status == 200)
  }

  @Test func aDryRunStoresNothing() async throws {
    let api = try PushAPICalls()
    let type = "application/yaml"
    let trial = try await api.call(
      .post, "/v1/apply?dryRun=true", Self.service("a"), type: type)
    #expect(trial.status == 200)
    #expect(try await api.call(.get, "/v1/services/default/a").status == 404)
    let odd = try await api.call(.post, "/v1/apply?dryRun=1", Self.service("a"), type: type)
    #expect(odd.status == 400)
  }

  @Test func asksForTheTokenWhenThereIsOne() async throws {
    let api = try PushAPICalls(token: "secret")
    let refusal = try await api.call(.get, "/v1/status")
    #expect(refusal.status == 401)
    #expect(refusal.headers[.wwwAuthenticate] == "Bearer")
    for (token, status) in [("Bearer secret", 200), ("bearer secret", 200), ("Bearer secre", 401)] {
      let reply = try await api.call(.get, "/v1/status", headers: [.authorization: token])
      #expect(reply.status == status)
    }
    #expect(try await api.call(.get, "/healthz").status == 200)
  }

  @Test(arguments: [
    ("localhost:18001", 200), ("127.0.0.2", 200), ("[::1]:1", 200), ("mesh.example", 421),
    ("127.0.0.1.example:80", 421), ("LOCALHOST:18001", 200), ("LocalHost", 200),
    ("LOCALHOST.example", 421),
  ])
  func withoutATokenOnlyLocalNamesAreAnswered(authority: String, status: Int) async throws {
    let reply = try await PushAPICalls().call(.get, "/v1/status", authority: authority)
    #expect(reply.status == status)
  }
}

@Suite struct ListenAddressTests {
  @Test(arguments: [
    ("127.0.0.1:80", "127.0.0.1:80"), ("[::1]:0", "[::1]:0"),
    ("localhost:65535", "localhost:65535"),
    ("host", nil), ("host:", nil), (":80", nil), ("host:65536", nil), ("host:-1", nil),
  ])
  func readsHostAndPort(text: String, expected: String?) {
    #expect(ListenAddress(text)?.description == expected)
  }

  @Test(arguments: [
    ("127.9.9.9:1", true), ("[::1]:1", true), ("0.0.0.0:1", false), ("127.1:1", false),
  ])
  func knowsWhatOnlyThisMachineReaches(text: String, isLoopback: Bool) {
    #expect(ListenAddress(text)?.isLoopback == isLoopback)
  }
}
