import Config
import HTTPModel
import Routing
import Testing

@Suite struct PathPolicyTests {
  private func policy(
    normalizes: Bool = false, merges: Bool = false,
    _ slashes: HTTPConnectionManagerConfig.EscapedSlashes = .keepUnchanged
  ) throws -> PathPolicy {
    var config = HTTPConnectionManagerConfig(statPrefix: "in", routes: .rds(name: "main"))
    config.normalizePath = normalizes
    config.mergeSlashes = merges
    config.escapedSlashes = slashes
    return try #require(PathPolicy(config))
  }

  /// The outcome and the target that is then in the head.
  private func apply(_ policy: PathPolicy, _ target: String) -> (PathPolicy.Outcome, String) {
    let head = Request.make(target)
    let outcome = policy.apply(to: head)
    return (outcome, head.string(head.target))
  }

  @Test func isNotThereWhenNothingIsAskedFor() {
    #expect(PathPolicy(.init(statPrefix: "in", routes: .rds(name: "main"))) == nil)
  }

  @Test(arguments: [
    ("/", "/"), ("/plain/path", "/plain/path"), ("/a/./b", "/a/b"), ("/a/../b", "/b"),
    ("/a/b/..", "/a/"), ("/a/b/.", "/a/b/"), ("/../../etc", "/etc"), ("/..", "/"), ("/.", "/"),
    ("/a/%2e%2E/b", "/b"), ("/%7euser/%41", "/~user/A"), ("/caf%c3%a9", "/caf%C3%A9"),
    ("/a%2fb", "/a%2Fb"), ("/a\\b", "/a/b"), ("/a//../b", "/a/b"), ("/a//b", "/a//b"),
    ("/.a/..b/c..", "/.a/..b/c.."), ("/.../x", "/.../x"),
    ("/x/../y?q=/../%zz", "/y?q=/../%zz"), ("/%25%32%65", "/%252e"),
  ])
  func normalizes(_ target: String, _ expected: String) throws {
    #expect(apply(try policy(normalizes: true), target) == (.proceed, expected))
  }

  @Test(arguments: ["/%", "/%4", "/a%zz", "/a%00b", "/%g0"])
  func refusesEscapesThatAreNone(_ target: String) throws {
    #expect(apply(try policy(normalizes: true), target) == (.reject, target))
  }

  @Test(arguments: [
    ("//a///b//", "/a/b/"), ("/a/b", "/a/b"), ("/a%2F%2fb", "/a%2F%2fb"), ("/a/./b", "/a/./b"),
    ("/%zz//%", "/%zz/%"),
  ])
  func mergesSlashes(_ target: String, _ expected: String) throws {
    #expect(apply(try policy(merges: true), target) == (.proceed, expected))
  }

  @Test func mergesWhatNormalizationLeaves() throws {
    let both = try policy(normalizes: true, merges: true, .unescapeAndForward)
    #expect(apply(both, "/a/%2F/./b%5c..//c") == (.proceed, "/a/c"))
  }

  @Test func doesWithEscapedSlashesWhatIsAsked() throws {
    #expect(apply(try policy(.rejectRequest), "/a%2Fb") == (.reject, "/a%2Fb"))
    #expect(apply(try policy(.rejectRequest), "/a%5cb") == (.reject, "/a%5cb"))
    #expect(apply(try policy(.rejectRequest), "/a%20b") == (.proceed, "/a%20b"))
    #expect(apply(try policy(.unescapeAndForward), "/a%2fb?%2f") == (.proceed, "/a/b?%2f"))
    #expect(apply(try policy(.unescapeAndRedirect), "/a%2fb?q") == (.redirect, "/a/b?q"))
    #expect(apply(try policy(.unescapeAndRedirect), "/a/b") == (.proceed, "/a/b"))
  }

  @Test func leavesTheAsteriskAlone() throws {
    #expect(apply(try policy(normalizes: true), "*") == (.proceed, "*"))
  }
}

@Suite struct ForwardedClientTests {
  private func client(_ values: [String], skipping hops: Int = 0) -> String? {
    let head = Request.make("/", values.map { ("x-forwarded-for", $0) })
    return head.forwardedClient(skipping: hops)?.host
  }

  @Test func countsFromTheLastAddress() {
    #expect(client(["192.0.2.1, 198.51.100.2,203.0.113.3"]) == "203.0.113.3")
    #expect(client(["192.0.2.1, 198.51.100.2,203.0.113.3"], skipping: 1) == "198.51.100.2")
    #expect(client(["192.0.2.1", "198.51.100.2"], skipping: 1) == "192.0.2.1")
    #expect(client(["192.0.2.1, ,"], skipping: 0) == "192.0.2.1")
    #expect(client(["192.0.2.1"], skipping: 1) == nil)
    #expect(client([]) == nil)
  }

  @Test func readsAddressesWithAndWithoutPort() {
    #expect(client(["192.0.2.1:4711"]) == "192.0.2.1")
    #expect(client(["2001:db8::1"]) == "2001:db8::1")
    #expect(client(["[2001:db8::1]:443"]) == "2001:db8::1")
    #expect(client(["::1"]) == "::1")
  }

  @Test(arguments: ["unknown", "1.2.3", "1.2.3.4.5", "1.2.3.256", "_hidden", "[::1", "1..2.3"])
  func takesNothingElseForAnAddress(_ value: String) {
    #expect(client([value]) == nil)
  }

  @Test func dropsThePort() {
    for (host, bare) in [("api.example:8080", "api.example"), ("[::1]:80", "[::1]"), ("a", "a")] {
      let head = Request.make("/", host: host)
      head.dropPort()
      #expect(head.string(head.authority) == bare)
      #expect(head.lines == ["host: \(bare)"])
    }
  }
}
