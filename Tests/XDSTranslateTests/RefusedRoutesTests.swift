import Config
import Testing

@testable import XDSTranslate

/// What no table of routes may say; it is said once, with the field's path.
@Suite struct RefusedRoutesTests {
  private static let route = "route_configurations[t].virtual_hosts[all].routes[0]"

  private func findings(_ table: String) throws -> [ConfigFinding] {
    let translated = translateRoutes(
      try wire("name: t\n\(table)", as: TypeName.routeConfiguration))
    #expect(translated.value == nil)
    #expect(translated.findings.allSatisfy { $0.standing == .rejected })
    return translated.findings
  }

  private func findings(route: String) throws -> [ConfigFinding] {
    try findings("virtual_hosts: [{ name: all, domains: ['*'], routes: [\(route)] }]")
  }

  private func findings(match: String = "prefix: /", action: String) throws -> [String] {
    try findings(route: "{ match: { \(match) }, \(action) }").map {
      $0.path.hasPrefix(Self.route) ? String($0.path.dropFirst(Self.route.count)) : $0.path
    }
  }

  @Test func aPatternThatDoesNotCompileIsRefusedWithItsReason() throws {
    let findings = try findings(
      route: "{ match: { safe_regex: { regex: '/a(' } }, route: { cluster: a } }")
    #expect(findings.map(\.path) == ["\(Self.route).match.safe_regex.regex"])
    #expect(
      findings[0].text
        == #""/a(" does not compile: missing closing parenthesis at byte 3; accepted: a PCRE2 pattern"#
    )
  }

  @Test func everyFaultIsReported() throws {
    let match = """
      safe_regex: { regex: "(" }, \
      headers: [{ name: x, string_match: { safe_regex: { regex: "[" } } }], \
      query_parameters: [{ name: q, string_match: { safe_regex: { regex: "*" } } }]
      """
    #expect(
      try findings(match: match, action: "route: { cluster: a }") == [
        ".match.safe_regex.regex", ".match.headers[x].string_match.safe_regex.regex",
        ".match.query_parameters[q].string_match.safe_regex.regex",
      ])
  }

  @Test func weightsOfZeroAreRefused() throws {
    let clusters = "weighted_clusters: { clusters: [{ name: a, weight: 0 }] }"
    #expect(
      try findings(action: "route: { \(clusters) }") == [".route.weighted_clusters.clusters"])
  }

  @Test(arguments: [#"\2"#, #"a\"#, #"\x"#, "/a b", "/é"])
  func aSubstitutionMustFitItsPatternAndItsPath(substitution: String) throws {
    let rewrite = "regex_rewrite: { pattern: { regex: (a) }, substitution: '\(substitution)' }"
    #expect(
      try findings(action: "route: { cluster: a, \(rewrite) }") == [
        ".route.regex_rewrite.substitution"
      ])
    #expect(
      try findings(action: "redirect: { \(rewrite) }") == [".redirect.regex_rewrite.substitution"])
  }

  @Test(arguments: [
    ("route: { cluster: a, prefix_rewrite: '/a b' }", ".route.prefix_rewrite"),
    (#"route: { cluster: a, host_rewrite_literal: "a\r\nx: y" }"#, ".route.host_rewrite_literal"),
    ("route: { cluster: a, host_rewrite_literal: '' }", ".route.host_rewrite_literal"),
    ("route: { cluster: a, host_rewrite_header: 'a b' }", ".route.host_rewrite_header"),
    ("route: { cluster_header: ':path' }", ".route.cluster_header"),
    (#"redirect: { host_redirect: "a\nb" }"#, ".redirect.host_redirect"),
    ("redirect: { path_redirect: '/a b' }", ".redirect.path_redirect"),
    ("redirect: { path_redirect: 'a' }", ".redirect.path_redirect"),
    ("redirect: { path_redirect: '' }", ".redirect.path_redirect"),
    ("redirect: { scheme_redirect: 'ht tp' }", ".redirect.scheme_redirect"),
    ("redirect: { scheme_redirect: 'a/b' }", ".redirect.scheme_redirect"),
    ("redirect: { scheme_redirect: '1a' }", ".redirect.scheme_redirect"),
    ("redirect: { host_redirect: 'a:80', port_redirect: 81 }", ".redirect.port_redirect"),
    ("route: { cluster: a, prefix_rewrite: '/a#b' }", ".route.prefix_rewrite"),
  ])
  func textThatWouldBreakARequestLineOrALocationIsRefused(action: String, path: String) throws {
    #expect(try findings(action: action) == [path])
  }

  @Test func aNameOfNoHeaderIsRefusedWhereverOneIsAskedFor() throws {
    let clusters = "clusters: [{ name: a, weight: 1, host_rewrite_literal: 'a b' }]"
    let weighted = "weighted_clusters: { header_name: 'é', \(clusters) }"
    let hash = "hash_policy: [{ header: { header_name: 'a:b' } }]"
    #expect(
      Set(
        try findings(
          match: "prefix: /, headers: [{ name: ':nope' }]", action: "route: { \(weighted) }"))
        == [
          ".match.headers[:nope].name", ".route.weighted_clusters.header_name",
          ".route.weighted_clusters.clusters[a].host_rewrite_literal",
        ])
    let hashed = "weighted_clusters: { use_hash_policy: true, clusters: [{ name: a, weight: 1 }] }"
    #expect(
      try findings(action: "route: { \(hashed), \(hash) }") == [
        ".route.hash_policy[0].header.header_name"
      ])
  }

  @Test func aDomainOfTwoVirtualHostsIsRefused() throws {
    let findings = try findings(
      "virtual_hosts: [{ name: v, domains: [a.example] }, { name: w, domains: [b, A.example] }]")
    #expect(findings.map(\.path) == ["route_configurations[t].virtual_hosts[w].domains[1]"])
    #expect(findings[0].text == #""A.example" is already a domain of virtual host "v""#)
  }

  @Test(arguments: [
    "a/b", "a@b", "a?b", "a#b", "[::1", "[a]", "::1", "a:", ":80", "a:x", "a:65536", "a:+1", "*",
    "é",
    "http://a", String(repeating: "x", count: 256),
  ])
  func whatNamesNoHostIsRefused(host: String) throws {
    #expect(
      try findings(action: "route: { cluster: a, host_rewrite_literal: '\(host)' }")
        == [".route.host_rewrite_literal"])
    #expect(
      try findings(action: "redirect: { host_redirect: '\(host)' }") == [".redirect.host_redirect"])
  }

  @Test func aLongTextIsNotQuotedWhole() throws {
    let host = String(repeating: "x", count: 70_000)
    let text = try findings("virtual_hosts: [{ name: v, domains: ['\(host)'] }]")[0].text
    #expect(text.hasPrefix(#"found "xxx"#) && text.contains("(70000 bytes), accepted: HOST"))
    #expect(text.utf8.count < 200)
  }

  @Test(arguments: [
    "prefix: '/a?b'", "prefix: '/a#b'", "prefix: '/a b'", #"path: "/a\tb""#, #"path: "/a\r\nb""#,
    "path: '/é'", "path: 'a'", "prefix: ''", "path_separated_prefix: '/a?b'",
    "path_separated_prefix: '/a/'", "path_separated_prefix: '/'", "path_separated_prefix: 'a'",
  ])
  func aPathThatNoRequestHasIsRefused(match: String) throws {
    let field = match.prefix { $0 != ":" }
    #expect(try findings(match: match, action: "route: { cluster: a }") == [".match.\(field)"])
  }

  @Test(arguments: [
    (
      #"match: { prefix: "/a?b" }, route: { cluster: a }"#,
      #"found "/a?b", accepted: a path in visible ASCII, without ? and #"#
    ),
    (
      #"match: { prefix: / }, redirect: { path_redirect: a }"#,
      #"found "a", accepted: a path that begins with /"#
    ),
    (
      #"match: { prefix: / }, redirect: { host_redirect: "http://a" }"#,
      #"found "http://a", accepted: HOST or HOST:PORT"#
    ),
    (
      #"match: { prefix: / }, redirect: { host_redirect: "a:80", port_redirect: 81 }"#,
      "found 81, but host_redirect has a port: a:80"
    ),
    (
      "match: { prefix: /, headers: [{ name: x, range_match: { start: 5, end: 5 } }] }, "
        + "route: { cluster: a }", "found 5, accepted: more than start, which is 5"
    ),
    (
      "match: { prefix: /, runtime_fraction: { default_value: { numerator: 101 } } }, "
        + "route: { cluster: a }", "found 101, accepted: 0 to 100"
    ),
    (
      "match: { prefix: / }, direct_response: { status: 204, body: { inline_string: body } }",
      "found 4 bytes, but a 204 response has no content"
    ),
  ])
  func saysWhatWasFoundAndWhatIsAccepted(route: String, text: String) throws {
    #expect(try findings(route: "{ \(route) }").map(\.text) == [text])
  }

  @Test(arguments: [(5, 5), (6, 5), (0, 0)])
  func aRangeWithoutANumberIsRefused(start: Int, end: Int) throws {
    let range = "range_match: { start: \(start), end: \(end) }"
    #expect(
      try findings(
        match: "prefix: /, headers: [{ name: x, \(range) }]", action: "route: { cluster: a }")
        == [".match.headers[x].range_match.end"])
  }

  @Test(arguments: [(101, "HUNDRED"), (10_001, "TEN_THOUSAND"), (1_000_001, "MILLION")])
  func moreThanTheWholeIsRefused(numerator: Int, denominator: String) throws {
    let value = "{ numerator: \(numerator), denominator: \(denominator) }"
    #expect(
      try findings(
        match: "prefix: /, runtime_fraction: { default_value: \(value) }",
        action: "route: { cluster: a }") == [".match.runtime_fraction.default_value.numerator"])
  }

  @Test(arguments: [204, 205, 304])
  func aBodyWhereThereIsNoneIsRefused(status: Int) throws {
    let response = "{ status: \(status), body: { inline_string: body } }"
    #expect(try findings(action: "direct_response: \(response)") == [".direct_response.body"])
  }

  @Test func aRoutesNameFitsAHeader() throws {
    let route = #"{ name: "a\nb", match: { prefix: / }, route: { cluster: a } }"#
    #expect(
      try findings(route: route).map(\.path)
        == [#"route_configurations[t].virtual_hosts[all].routes[a\#nb].name"#])
  }

  @Test(arguments: [
    "", "a*b", "**", "*a*", "a b", "a/b", "*a/b", "a@b", "a?b", "é", "*é", "a.*:80", "http://a",
    String(repeating: "x", count: 256), "*" + String(repeating: "x", count: 256),
  ])
  func whatIsNoDomainIsRefused(domain: String) throws {
    let findings = try findings("virtual_hosts: [{ name: v, domains: [ok, '\(domain)'] }]")
    #expect(findings.map(\.path) == ["route_configurations[t].virtual_hosts[v].domains[1]"])
  }

  @Test(arguments: [
    "%", "%NOPE%", "%REQ%", "%REQ(a?b?c)%", "%REQ(a):x%", "%RESPONSE_CODE%", "%RESP(x)%",
    "%REQ(a b)%", "%TRACE_ID%", "50% off", #"a\r\nb"#, #"\x7f"#,
  ])
  func whatIsNoFormatOfARequestHeaderIsRefused(value: String) throws {
    let findings = try findings(
      "request_headers_to_add: [{ header: { key: x, value: \"\(value)\" } }]")
    #expect(
      findings.map(\.path) == [
        "route_configurations[t].request_headers_to_add[0].header.value"
      ])
  }

  @Test(arguments: ["keep-alive", "Proxy-Connection", "upgrade"])
  func whatIsNeverSentOnIsRemovedButNotAdded(name: String) throws {
    #expect(
      try findings("request_headers_to_add: [{ header: { key: '\(name)', value: x } }]")
        .map(\.path) == ["route_configurations[t].request_headers_to_add[0].header.key"])
    let removes = "name: t\nrequest_headers_to_remove: ['\(name)']"
    let translated = translateRoutes(try wire(removes, as: TypeName.routeConfiguration))
    #expect(translated.value != nil && translated.findings.isEmpty)
  }

  @Test(arguments: [
    ":path", "Host", "transfer-encoding", "Content-Length", "a b", "Connection", "TE",
    "Expect",
  ])
  func someHeadersMayNotBeChanged(name: String) throws {
    #expect(
      try findings("response_headers_to_remove: [x-fine, '\(name)']").map(\.path)
        == ["route_configurations[t].response_headers_to_remove[1]"])
    #expect(
      try findings("response_headers_to_add: [{ header: { key: '\(name)', value: x } }]")
        .map(\.path) == ["route_configurations[t].response_headers_to_add[0].header.key"])
  }
}
