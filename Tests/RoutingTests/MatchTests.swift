import Config
import HTTPModel
import Routing
import Testing

@Suite struct MatchTests {
  private func matches(_ match: RouteMatchConfig, _ head: RequestHead, random: UInt64 = 0) throws
    -> Bool
  {
    try Routes([.to("hit", match)]).destination(of: head, random: random) == "hit"
  }

  // MARK: paths

  @Test(arguments: [
    (RouteMatchConfig.Path.prefix("/api"), "/api", true), (.prefix("/api"), "/apix/y", true),
    (.prefix("/api"), "/ap", false), (.prefix("/api"), "/API", false), (.prefix(""), "/x", true),
    (.prefix("/a/long/prefix"), "/a/long/prefix/x", true),
    (.prefix("/a/long/prefix"), "/a/long/prefiy/x", false),
    (.prefix("/a/long/prefix"), "/a/long/", false),
    (.exact("/api"), "/api", true), (.exact("/api"), "/api?x=1", true),
    (.exact("/api"), "/api/", false), (.exact("/eight/ch"), "/eight/ch", true),
    (.exact("/eight/ch"), "/eight/cx", false), (.exact("/seven/"), "/seven/", true),
    (.separatedPrefix("/api"), "/api", true), (.separatedPrefix("/api"), "/api/x", true),
    (.separatedPrefix("/api"), "/apix", false), (.separatedPrefix("/api"), "/api?q", true),
    (.separatedPrefix("/long/enough"), "/long/enough/x", true),
    (.separatedPrefix("/long/enough"), "/long/enoughx", false),
    (.matching("/v[0-9]+/.*"), "/v12/items", true), (.matching("/v[0-9]+"), "/v12/items", false),
    (.matching("/v[0-9]+"), "/v12?items", true), (.matching("v1"), "/v1", false),
    (.matching("/a|/b/c"), "/b/c", true), (.matching("/a|/b/c"), "/a/c", false),
  ])
  func aPathMatches(path: RouteMatchConfig.Path, target: String, expected: Bool) throws {
    #expect(try matches(RouteMatchConfig(path: path), Request.make(target)) == expected)
  }

  @Test(arguments: [
    (RouteMatchConfig.Path.prefix("/Api/Items"), "/aPI/iTEMS/1"), (.exact("/Api"), "/aPI"),
    (.separatedPrefix("/Api"), "/API/x"),
  ])
  func caseIsIgnoredOnRequest(path: RouteMatchConfig.Path, target: String) throws {
    let head = Request.make(target)
    #expect(try matches(RouteMatchConfig(path: path, caseSensitive: false), head))
    #expect(try !matches(RouteMatchConfig(path: path), head))
  }

  @Test func aPatternHeedsCaseOrNotByItself() throws {
    let head = Request.make("/API/XYZ")
    let pattern = "/api/[a-z]+"
    #expect(try matches(.init(path: .matching(pattern, ignoresCase: true)), head))
    #expect(try !matches(.init(path: .matching(pattern)), head))
  }

  @Test(
    arguments: [
      (nil, nil, [true, true, true]), (true, nil, [false, true, true]),
      (false, nil, [true, false, false]), (nil, true, [false, false, true]),
      (nil, false, [true, true, false]), (true, false, [false, true, false]),
      (false, true, [false, false, false]),
    ] as [(Bool?, Bool?, [Bool])])
  func aCertificateMatches(presented: Bool?, validated: Bool?, expected: [Bool]) throws {
    var match = RouteMatchConfig(path: .prefix("/"))
    match.clientCertificate.isPresented = presented
    match.clientCertificate.isValidated = validated
    let routes = try Routes([.to("hit", match)])
    let found = [.missing, .unverified, .verified].map { (standing: ClientCertificateStanding) in
      var origin = Request.origin
      origin.clientCertificate = standing
      return routes.destination(of: Request.make("/"), from: origin) == "hit"
    }
    #expect(found == expected)
  }

  @Test(arguments: [
    ("application/grpc", true), ("application/grpc+proto", true), ("application/grpc-web", false),
    ("text/plain", false),
  ])
  func callsOfGRPCMatch(type: String, expected: Bool) throws {
    var match = RouteMatchConfig(path: .prefix("/"))
    match.takesGRPCOnly = true
    let head = Request.make("/service/method", method: "POST", [("content-type", type)])
    #expect(try matches(match, head) == expected)
    #expect(try !matches(match, Request.make("/")))
  }

  @Test func theFirstMatchingRouteDecides() throws {
    let routes = try Routes([
      .to("exact", .exact("/a")), .to("long", .prefix("/a/b")), .to("short", .prefix("/a")),
    ])
    #expect(routes.destination(of: Request.make("/a")) == "exact")
    #expect(routes.destination(of: Request.make("/a/b/c")) == "long")
    #expect(routes.destination(of: Request.make("/a/x")) == "short")
    #expect(routes.destination(of: Request.make("/b")) == "not found")
    #expect(routes.destination(of: Request.make("*", method: "OPTIONS")) == "not found")
  }

  // MARK: headers

  typealias Condition = HeaderMatcherConfig.Condition

  @Test(arguments: [
    (Condition.string(.init(.exact("beta"))), ["beta"], true),
    (.string(.init(.exact("beta"))), ["Beta"], false),
    (.string(.init(.exact("BETA"), ignoreCase: true)), ["beta"], true),
    (.string(.init(.prefix("be"))), ["beta"], true), (.string(.init(.prefix("bx"))), ["b"], false),
    (.string(.init(.suffix("TA"), ignoreCase: true)), ["beta"], true),
    (.string(.init(.suffix("ta"))), ["taX"], false),
    (.string(.init(.contains("et"))), ["beta"], true),
    (.string(.init(.contains("x"))), [""], false),
    (.string(.init(.matching("b.*a"))), ["beta"], true),
    (.string(.init(.matching("b"))), ["beta"], false),
    (.string(.init(.exact("a,b"))), ["a", "b"], true),
    (.string(.init(.exact("a"))), ["a", "b"], false),
    (.range(start: -10, end: 0), ["-1"], true), (.range(start: -10, end: 0), ["0"], false),
    (.range(start: 1, end: 5), ["+3"], true), (.range(start: 1, end: 5), ["3x"], false),
    (.range(start: 1, end: 5), ["9", "x", "3"], true),
    (.range(start: 1, end: 5), ["0", "5"], false), (.range(start: 1, end: 5), ["1,2"], false),
    (.range(start: .min, end: .max), ["-9223372036854775808"], true),
    (.range(start: .min, end: .max), ["9223372036854775808"], false),
    (.present(true), ["x"], true), (.present(true), [], false), (.present(false), [], true),
    (.present(false), ["x"], false), (.string(.init(.exact("beta"))), [], false),
  ])
  func aHeaderMatches(condition: Condition, values: [String], expected: Bool) throws {
    for name in ["x-stage", "user-agent"] {
      let head = Request.make("/", values.map { (name == "x-stage" ? "X-Stage" : name, $0) })
      var matcher = HeaderMatcherConfig(name: name, condition: condition)
      let before = head.bytes.count
      #expect(try matches(.init(path: .prefix("/"), headers: [matcher]), head) == expected)
      #expect(head.bytes.count == before)
      // Inverted: a missing header still matches nothing but `present`.
      matcher.invert = true
      let isPresence = condition == .present(true) || condition == .present(false)
      let inverted = values.isEmpty && !isPresence ? false : !expected
      #expect(try matches(.init(path: .prefix("/"), headers: [matcher]), head) == inverted)
    }
  }

  @Test func aMissingHeaderMayCountAsEmpty() throws {
    var matcher = HeaderMatcherConfig(
      name: "x-stage", condition: .range(start: 0, end: 10), invert: true,
      treatMissingAsEmpty: true)
    #expect(try matches(.init(path: .prefix("/"), headers: [matcher]), Request.make("/")))
    matcher.treatMissingAsEmpty = false
    #expect(try !matches(.init(path: .prefix("/"), headers: [matcher]), Request.make("/")))
  }

  @Test(arguments: [
    (":method", "PUT"), (":path", "/x?y=1"), (":authority", "api.example"), (":scheme", "http"),
    ("host", "api.example"),
  ])
  func pseudoHeadersAreMatched(name: String, value: String) throws {
    let head = Request.make("/x?y=1", method: "PUT")
    let matcher = HeaderMatcherConfig(name: name, condition: .string(.init(.exact(value))))
    #expect(try matches(.init(path: .prefix("/"), headers: [matcher]), head))
    let other = HeaderMatcherConfig(name: name, condition: .string(.init(.exact("other"))))
    #expect(try !matches(.init(path: .prefix("/"), headers: [other]), head))
  }

  /// Two fields and one with both values mean the same (RFC 9110 section 5.3).
  @Test(arguments: ["x-stage", "cache-control"])
  func repeatedHeadersAreMatchedAsOne(name: String) throws {
    let both = HeaderMatcherConfig(name: name, condition: .string(.init(.exact("a,b"))))
    let last = HeaderMatcherConfig(name: name, condition: .string(.init(.exact("b"))))
    let head = Request.make("/", [(name, "a"), ("x-other", "c"), (name, "b")])
    let count = head.bytes.count
    #expect(try matches(.init(path: .prefix("/"), headers: [both]), head))
    #expect(try !matches(.init(path: .prefix("/"), headers: [last]), head))
    #expect(head.bytes.count == count)
  }

  @Test func allHeadersMustMatch() throws {
    let both = ["a", "b"].map { HeaderMatcherConfig(name: $0, condition: .present(true)) }
    let match = RouteMatchConfig(path: .prefix("/"), headers: both)
    #expect(try matches(match, Request.make("/", [("a", "1"), ("b", "2")])))
    #expect(try !matches(match, Request.make("/", [("a", "1")])))
  }

  // MARK: query parameters and fractions

  @Test(arguments: [
    ("/?debug", nil, true), ("/?x=1&debug=2", nil, true), ("/?xdebug=1", nil, false),
    ("/", nil, false),
    ("/?debug=1", "1", true), ("/?debug=1&debug=2", "2", false), ("/?debug=11", "1", false),
    ("/?debug", "", true), ("/?debugs=1", nil, false), ("/?a=debug", nil, false),
  ])
  func aQueryParameterMatches(target: String, value: String?, expected: Bool) throws {
    let parameter = QueryParameterMatcherConfig(
      name: "debug", string: value.map { StringMatcherConfig(.exact($0)) })
    let match = RouteMatchConfig(path: .prefix("/"), queryParameters: [parameter])
    #expect(try matches(match, Request.make(target)) == expected)
  }

  /// 100,000 requests at 10 percent, then half of the rest: sigma 95 and 157.
  @Test func fractionsTakeTheirPartEachOnItsOwn() throws {
    let routes = try Routes([
      .to("tenth", .init(path: .prefix("/"), fractionPerMillion: 100_000)),
      .to("half", .init(path: .prefix("/"), fractionPerMillion: 500_000)),
      .to("rest", .prefix("/")),
    ])
    var random = SystemRandomNumberGenerator()
    let head = Request.make("/")
    var tally: [String: Int] = [:]
    for _ in 0..<100_000 {
      tally[routes.destination(of: head, random: random.next()), default: 0] += 1
    }
    #expect(abs(tally["tenth", default: 0] - 10_000) < 5 * 95)
    #expect(abs(tally["half", default: 0] - 45_000) < 5 * 157)
    let never = try Routes([.to("never", .init(path: .prefix("/"), fractionPerMillion: 0))])
    #expect(never.destination(of: head, random: 0) == "not found")
  }

  // MARK: limits

  @Test func aPatternThatIsCutShortLeavesTheRequestUndecided() throws {
    let routes = try Routes([
      .to("hung", .matching("/(a+)+[bc]")), .to("next", .prefix("/")),
    ])
    let head = Request.make("/" + String(repeating: "a", count: 4_000))
    let start = ContinuousClock.now
    #expect(routes.destination(of: head) == "undecided")
    #expect(routes.workspace.regexLimitHits == 1)
    #expect(ContinuousClock.now - start < .seconds(1))
    #expect(routes.destination(of: Request.make("/aaab")) == "hung")
  }
}
