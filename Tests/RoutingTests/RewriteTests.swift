import Config
import HTTPModel
import Platform
import Routing
import Testing

@Suite struct RewriteTests {
  /// The head after the only route's changes.
  private func applied(
    _ head: RequestHead, path: RouteMatchConfig.Path = .prefix("/"),
    _ change: (inout ForwardConfig) -> Void
  ) throws -> RequestHead {
    var forward = ForwardConfig(destination: .cluster("api"))
    change(&forward)
    let routes = try Routes([
      RouteConfig(match: .init(path: path), action: .forward(forward))
    ])
    try routes.apply(to: head)
    return head
  }

  @Test(arguments: [
    (RouteMatchConfig.Path.prefix("/api"), "/v2", "/api/x?q=1", "/v2/x?q=1"),
    (.prefix("/api/"), "/", "/api/x", "/x"), (.prefix("/api"), "/", "/api", "/"),
    (.exact("/api"), "/other/place", "/api?q", "/other/place?q"),
    (.separatedPrefix("/api"), "/v2", "/api/x", "/v2/x"),
    (.matching("/a.*"), "/b", "/abc?q=1&r", "/b?q=1&r"),
    (.prefix("/api"), "", "/api/x", "/x"), (.prefix("/api"), "", "/api", "/"),
    (.prefix("/api"), "v2", "/api/x?", "/v2/x?"),
  ])
  func aPrefixIsReplaced(
    path: RouteMatchConfig.Path, replacement: String, target: String, expected: String
  ) throws {
    let head = try applied(Request.make(target), path: path) {
      $0.pathRewrite = .prefix(replacement)
    }
    #expect(head.string(head.target) == expected)
    let parts = expected.split(separator: "?", maxSplits: 1)
    #expect(head.string(head.path) == parts[0])
    #expect(head.string(head.query) == (parts.count > 1 ? String(parts[1]) : ""))
  }

  @Test(arguments: [
    ("^/service/([^/]+)(/.*)$", #"\2/instance/\1"#, "/service/foo/v1?x", "/v1/instance/foo?x"),
    ("one", "two", "/xxx/one/yyy/one/zzz", "/xxx/two/yyy/two/zzz"),
    ("(?i)/xxx/", "/yyy/", "/aaa/XxX/bbb", "/aaa/yyy/bbb"), ("none", "x", "/a", "/a"),
    ("b*", "-", "/abc", "/-/-a-c-"), (#"/(.)"#, #"/\\\0"#, "/ab", #"/\/ab"#), ("/", "", "/a", "/a"),
    ("^/go/(.*)$", #"\1"#, "/go/x?y", "/x?y"), ("^/go/(.*)$", #"\1"#, "/go/", "/"),
  ])
  func everyMatchOfAPatternIsReplaced(
    pattern: String, substitution: String, target: String, expected: String
  ) throws {
    let head = try applied(Request.make(target)) {
      $0.pathRewrite = .regex(.rewrite(pattern, substitution))
    }
    #expect(head.string(head.target) == expected)
  }

  @Test func theServerAsAWholeIsAskedAsItIs() throws {
    let head = try applied(Request.make("*"), path: .matching(".*")) {
      $0.pathRewrite = .prefix("/x")
    }
    #expect(head.string(head.target) == "*")
  }

  @Test func theHostBecomesALiteral() throws {
    let head = try applied(Request.make("/")) { $0.hostRewrite = .literal("inner:81") }
    #expect(head.string(head.authority) == "inner:81")
    #expect(head.lines == ["host: inner:81"])
  }

  @Test func theHostBecomesAHeadersValue() throws {
    let rewrite = { (forward: inout ForwardConfig) in forward.hostRewrite = .header("x-to") }
    let head = try applied(Request.make("/", [("x-to", "there")]), rewrite)
    #expect(head.string(head.authority) == "there")
    let without = try applied(Request.make("/"), rewrite)
    #expect(without.lines == ["host: api.example"])
  }

  @Test func theEndpointsNameIsLeftToTheExchange() throws {
    var forward = ForwardConfig(destination: .cluster("api"))
    forward.hostRewrite = .auto
    let routes = try Routes([
      RouteConfig(match: .init(path: .prefix("/")), action: .forward(forward))
    ])
    #expect(try routes.select(Request.make("/")).0.rewritesHostToEndpoint)
  }

  @Test(arguments: [
    (ForwardConfig.HostRewrite.none, "weighted"), (.literal("route"), "route"),
    (.header("x-to"), "there"), (.header("x-else"), "weighted"),
  ])
  func theRoutesHostStandsOverTheWeightedClusters(
    rewrite: ForwardConfig.HostRewrite, expected: String
  ) throws {
    let head = try applied(Request.make("/", [("x-to", "there")])) {
      $0.destination = .weighted(
        .init(clusters: [.init(cluster: "a", weight: 1, hostRewrite: "weighted")]))
      $0.hostRewrite = rewrite
    }
    #expect(head.string(head.authority) == expected)
    #expect(head.lines.count { $0.hasPrefix("host:") } == 1)
  }

  @Test func timesAreGivenInMilliseconds() throws {
    var forward = ForwardConfig(destination: .cluster("api"))
    forward.timeout = .microseconds(1_500)
    let routes = try Routes([
      RouteConfig(match: .init(path: .prefix("/")), action: .forward(forward))
    ])
    let (route, _) = try routes.select(Request.make("/"))
    #expect(route.timeoutMilliseconds == 2 && route.idleTimeoutMilliseconds == nil)
  }
}

extension Routes {
  /// The route and cluster of a request that is forwarded.
  func select(_ head: RequestHead) throws -> (Route, ClusterSelection) {
    let decision = table.match(head, from: Request.origin, random: 0, workspace)
    let route = try #require({ if case .forward(let route) = decision { route } else { nil } }())
    let selection = route.selectCluster(for: head, random: 0, hash: nil, names: nameIndex)
    return (route, try #require(selection))
  }

  /// Routes and changes a head.
  func apply(to head: RequestHead) throws {
    let (route, selection) = try select(head)
    route.applyRequest(to: head, selection, from: Request.origin, workspace)
  }
}
