import Config
import Routing
import Testing

@Suite struct CompilationTests {
  private func findings(_ route: RouteConfig) throws -> [ConfigFinding] {
    let fault = try #require(throws: RouteCompilationFault.self) { try Routes([route]) }
    return fault.findings
  }
  private let place = "route_configurations[main].virtual_hosts[all].routes[0]"

  @Test func aPatternThatDoesNotCompileIsRefusedWithItsPath() throws {
    let findings = try findings(.to("a", .regex("/a(")))
    #expect(findings.map(\.path) == ["\(place).match.safe_regex"])
    #expect(
      findings[0].text
        == #""/a(" does not compile: missing closing parenthesis at byte 3; accepted: a PCRE2 pattern"#
    )
  }

  @Test func everyFaultIsReported() throws {
    let match = RouteMatchConfig(
      path: .regex("("),
      headers: [.init(name: "x", condition: .string(.init(.regex("["))))],
      queryParameters: [.init(name: "q", string: .init(.regex("*")))])
    let findings = try findings(.to("a", match))
    #expect(
      findings.map(\.path) == [
        "\(place).match.safe_regex", "\(place).match.headers[0].string_match.safe_regex",
        "\(place).match.query_parameters[0].string_match.safe_regex",
      ])
    #expect(findings.allSatisfy { $0.standing == .rejected })
  }

  @Test func weightsOfZeroAreRefused() throws {
    let forward = ForwardConfig(
      destination: .weighted(.init(clusters: [.init(cluster: "a", weight: 0)])))
    let findings = try findings(
      RouteConfig(match: .init(path: .prefix("/")), action: .forward(forward)))
    #expect(findings.map(\.path) == ["\(place).route.weighted_clusters"])
  }

  @Test(arguments: [#"\2"#, #"a\"#, #"\x"#])
  func aSubstitutionMustFitItsPattern(substitution: String) throws {
    var forward = ForwardConfig(destination: .cluster("a"))
    forward.pathRewrite = .regex(pattern: "(a)", substitution: substitution)
    let findings = try findings(
      RouteConfig(match: .init(path: .prefix("/")), action: .forward(forward)))
    #expect(findings.map(\.path) == ["\(place).route.regex_rewrite.substitution"])
  }

  @Test func textThatWouldBreakARequestLineIsRefused() throws {
    var forward = ForwardConfig(destination: .cluster("a"))
    forward.pathRewrite = .prefix("/a b")
    forward.hostRewrite = .literal("a\r\nx: y")
    let findings = try findings(
      RouteConfig(match: .init(path: .prefix("/")), action: .forward(forward)))
    #expect(
      Set(findings.map(\.path)) == [
        "\(place).route.prefix_rewrite", "\(place).route.host_rewrite_literal",
      ])
  }

  @Test func aStatusThatIsNoRedirectIsRefused() throws {
    let findings = try findings(
      RouteConfig(match: .init(path: .prefix("/")), action: .redirect(.init(status: 200))))
    #expect(findings.map(\.path) == ["\(place).redirect.response_code"])
  }
}
