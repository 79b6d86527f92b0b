import Config
import Routing
import Testing

@Suite struct VirtualHostTests {
  private func table(_ domains: [[String]], ignoresPort: Bool = false) throws -> Routes {
    var config = RouteConfigurationConfig(
      name: "main",
      virtualHosts: domains.enumerated().map { index, domains in
        VirtualHostConfig(
          name: "vh\(index)", domains: domains, routes: [.to(domains[0], .prefix("/"))])
      })
    config.ignoresPort = ignoresPort
    return try Routes(config)
  }

  @Test(arguments: [
    ("www.example.com", "www.example.com"), ("WWW.Example.COM", "www.example.com"),
    ("a.example.com", "*.example.com"), ("a.b.example.com", "*.b.example.com"),
    ("x-b.example.com", "*-b.example.com"), (".example.com", "*.com"),
    ("api.internal", "api.*"), ("api.v2.internal", "api.v2.*"), ("api.", "*"),
    ("www.example.com:8080", "*"), ("other:80", "other:80"), ("other", "*"), ("", "*"),
    ("api.example.com", "*.example.com"),
  ])
  func exactComesBeforeSuffixBeforePrefixBeforeAny(host: String, expected: String) throws {
    let routes = try table([
      ["*"], ["api.*"], ["api.v2.*"], ["*.com"], ["*.example.com"], ["*-b.example.com"],
      ["*.b.example.com"], ["www.example.com"], ["other:80"],
    ])
    #expect(routes.destination(of: Request.make("/", host: host)) == expected)
  }

  @Test func thePortIsIgnoredWhenTheTableSaysSo() throws {
    let routes = try table([["a.example"], ["[::1]"]], ignoresPort: true)
    #expect(routes.destination(of: Request.make("/", host: "a.example:8080")) == "a.example")
    #expect(routes.destination(of: Request.make("/", host: "[::1]:80")) == "[::1]")
    #expect(routes.destination(of: Request.make("/", host: "[::1]")) == "[::1]")
  }

  @Test func anAuthorityWithoutVirtualHostIsNotFound() throws {
    let routes = try table([["a.example"]])
    #expect(routes.destination(of: Request.make("/", host: "b.example")) == "not found")
  }

  @Test func everyOneOfThousandsIsFound() throws {
    let domains = (0..<5_000).map { ["service-\($0).mesh.local"] }
    let routes = try table(domains)
    for domain in domains {
      #expect(routes.destination(of: Request.make("/", host: domain[0])) == domain[0])
    }
  }
}
