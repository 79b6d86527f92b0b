import Config
import HTTPModel
import Memory
import Routing
import Testing

@Suite struct RedirectTests {
  private func location(
    _ redirect: RedirectConfig, _ target: String, host: String? = "a.example",
    path: RouteMatchConfig.Path = .prefix("/"), isSecure: Bool = false
  ) throws -> String? {
    let routes = try Routes([RouteConfig(match: .init(path: path), action: .redirect(redirect))])
    let head = Request.make(target, host: host ?? "")
    if host == nil { head.authority = .empty }
    var origin = Request.origin
    origin.isSecure = isSecure
    let decision = routes.table.match(head, from: origin, random: 0, routes.workspace)
    let route = try #require({ if case .redirect(let route) = decision { route } else { nil } }())
    #expect(route.redirectStatus == redirect.status)
    let bytes = ByteBuffer(capacity: 16)
    guard route.writeLocation(for: head, from: origin, to: bytes, routes.workspace) else {
      return nil
    }
    let text = bytes.readable
    return String(decoding: text.indices.map { text[$0] }, as: UTF8.self)
  }

  @Test(arguments: [
    (RedirectConfig(scheme: "https"), "/x?q=1", "https://a.example/x?q=1"),
    (RedirectConfig(host: "b.example", status: 308), "/x", "http://b.example/x"),
    (RedirectConfig(port: 8443, status: 302), "/x", "http://a.example:8443/x"),
    (RedirectConfig(path: .replace("/y"), status: 307), "/x?q", "http://a.example/y?q"),
    (RedirectConfig(path: .replace("/y?z=1")), "/x?q", "http://a.example/y?z=1"),
    (
      RedirectConfig(path: .regex(.rewrite("[0-9]+", "n"))), "/1/2?3",
      "http://a.example/n/n?3"
    ),
    (RedirectConfig(status: 303, stripQuery: true), "/x?q=1", "http://a.example/x"),
  ])
  func aLocationIsMade(redirect: RedirectConfig, target: String, expected: String) throws {
    #expect(try location(redirect, target) == expected)
  }

  @Test(arguments: [
    ("/go/.evil.example/", "http://a.example/.evil.example/"),
    ("/go/@evil.example/x", "http://a.example/@evil.example/x"),
    ("/go/:81/", "http://a.example/:81/"), ("/go/x?y=1", "http://a.example/x?y=1"),
    ("/go/", "http://a.example/"), ("/go/?q", "http://a.example/?q"),
    ("/go//evil.example", "http://a.example/evil.example"),
    (#"/go/\evil.example"#, #"http://a.example/\evil.example"#),
  ])
  func aRewriteNeverReachesIntoTheHost(target: String, expected: String) throws {
    let redirect = RedirectConfig(path: .regex(.rewrite("^/go/(.*)", #"\1"#)))
    #expect(try location(redirect, target) == expected)
  }

  @Test(arguments: [
    (RedirectConfig(path: .replace("/y")), "/x?q", "/y?q"),
    (RedirectConfig(path: .replace("//evil.example")), "/x", nil),
    (RedirectConfig(path: .regex(.rewrite("^/go/", "/"))), "/go//evil.example/", nil),
    (RedirectConfig(path: .regex(.rewrite("^/go/", "/"))), #"/go/\evil.example/"#, nil),
    (RedirectConfig(status: 302), "//evil.example", nil), (RedirectConfig(), "*", nil),
    (RedirectConfig(scheme: "https"), "/x", nil), (RedirectConfig(port: 81), "/x", nil),
    (RedirectConfig(scheme: "https", host: "b.example"), "/x", "https://b.example/x"),
  ])
  func aRequestWithoutAHostIsToldAPathOfItsOwn(
    redirect: RedirectConfig, target: String, expected: String?
  ) throws {
    #expect(try location(redirect, target, host: nil, path: .matching(".*")) == expected)
  }

  @Test func theServerAsAWholeHasNoPath() throws {
    let redirect = RedirectConfig(scheme: "https", path: .prefix("/x"))
    #expect(try location(redirect, "*", path: .matching(".*")) == "https://a.example")
  }

  @Test(arguments: [
    (RedirectConfig.PathChange.replace("/y?z"), "http://a.example/y?z"),
    (.prefix("/y?z"), "http://a.example/y"),
    (.regex(.rewrite("^/x", "/y?z")), "http://a.example/y"),
  ])
  func aStrippedQueryIsNotWrittenAnewEither(
    path: RedirectConfig.PathChange, expected: String
  ) throws {
    #expect(try location(RedirectConfig(path: path, stripQuery: true), "/x?q") == expected)
  }

  @Test func aPrefixIsReplaced() throws {
    let redirect = RedirectConfig(path: .prefix("/new"))
    #expect(try location(redirect, "/old/x?q", path: .prefix("/old")) == "http://a.example/new/x?q")
  }

  @Test(arguments: [
    ("a.example:80", false, "https", "https://a.example/"),
    ("a.example:8080", false, "https", "https://a.example:8080/"),
    ("a.example:443", true, "http", "http://a.example/"),
    ("a.example:443", true, "https", "https://a.example:443/"),
    ("[::1]:80", false, "https", "https://[::1]/"),
  ])
  func theOldSchemesDefaultPortGoes(
    host: String, isSecure: Bool, scheme: String, expected: String
  ) throws {
    let redirect = RedirectConfig(scheme: scheme)
    #expect(try location(redirect, "/", host: host, isSecure: isSecure) == expected)
  }

  @Test func aPortReplacesTheHostsPort() throws {
    #expect(try location(RedirectConfig(port: 81), "/", host: "a:80") == "http://a:81/")
  }

  @Test func theSchemeIsKept() throws {
    #expect(try location(RedirectConfig(host: "b"), "/", isSecure: true) == "https://b/")
  }

  @Test func aDirectResponseHasStatusAndBody() throws {
    let routes = try Routes([
      RouteConfig(
        match: .init(path: .prefix("/")),
        action: .directResponse(status: 418, body: Array("tea".utf8)))
    ])
    let head = Request.make("/")
    let decision = routes.table.match(head, from: Request.origin, random: 0, routes.workspace)
    guard case .directResponse(let route) = decision else {
      Issue.record("no direct response")
      return
    }
    #expect(route.directResponse?.status == 418)
    #expect(route.directResponse?.body == Array("tea".utf8))
  }
}
