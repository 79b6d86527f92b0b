import Config
import HTTPModel
import Platform
import Routing
import Testing

@Suite struct ClusterSelectionTests {
  private func weighted(
    _ weights: [(String, UInt32)], header: String? = nil, policies: [HashPolicyConfig] = []
  ) throws -> Routes {
    let clusters = weights.map { WeightedClusterConfig(cluster: $0.0, weight: $0.1) }
    var forward = ForwardConfig(
      destination: .weighted(
        WeightedClustersConfig(
          clusters: clusters, selectionHeader: header, usesHashPolicy: !policies.isEmpty)))
    forward.hashPolicies = policies
    return try Routes([RouteConfig(match: .init(path: .prefix("/")), action: .forward(forward))])
  }

  /// 100,000 draws at 90 to 10: sigma is 95; the bound is five of them.
  @Test func weightsDivideRequests() throws {
    let routes = try weighted([("v1", 90), ("off", 0), ("v2", 10)])
    var random = FastRandom(seed: 2026)
    let head = Request.make("/")
    var tally: [String: Int] = [:]
    for _ in 0..<100_000 {
      tally[routes.destination(of: head, random: random.next()), default: 0] += 1
    }
    #expect(abs(tally["v2", default: 0] - 10_000) < 5 * 95)
    #expect(tally["v1", default: 0] + tally["v2", default: 0] == 100_000)
  }

  @Test func everyDrawHasACluster() throws {
    let routes = try weighted([("v1", .max), ("v2", .max)])
    let head = Request.make("/")
    #expect(routes.destination(of: head, random: 0) == "v1")
    #expect(routes.destination(of: head, random: .max) == "v2")
  }

  @Test(arguments: [("0", "v1"), ("89", "v1"), ("90", "v2"), ("99", "v2"), ("100", "v1")])
  func aHeaderReplacesTheDraw(value: String, expected: String) throws {
    let routes = try weighted([("v1", 90), ("v2", 10)], header: "x-bucket")
    let head = Request.make("/", [("x-bucket", value)])
    for random: UInt64 in [0, .max] {
      #expect(routes.destination(of: head, random: random) == expected)
    }
  }

  @Test func aHeaderThatIsNoNumberLeavesTheDraw() throws {
    let routes = try weighted([("v1", 90), ("v2", 10)], header: "x-bucket")
    let head = Request.make("/", [("x-bucket", "-1")])
    #expect(routes.destination(of: head, random: .max) == "v2")
  }

  @Test func aClusterHeaderNamesTheCluster() throws {
    let forward = ForwardConfig(destination: .clusterHeader("x-cluster"))
    let routes = try Routes([
      .to("blue", .exact("/blue")),
      RouteConfig(match: .init(path: .prefix("/")), action: .forward(forward)),
    ])
    #expect(routes.destination(of: Request.make("/", [("X-Cluster", "blue")])) == "blue")
    #expect(routes.destination(of: Request.make("/", [("X-Cluster", "BLUE")])) == "no cluster")
    #expect(routes.destination(of: Request.make("/")) == "no cluster")
  }

  // MARK: hashing

  private func hash(_ policies: [HashPolicyConfig], _ head: RequestHead) throws -> UInt64? {
    let routes = try weighted([("v1", 1)], policies: policies)
    guard
      case .forward(let route) = routes.table.match(
        head, from: Request.origin, random: 0, routes.workspace)
    else { return nil }
    return route.hash(of: head, from: Request.origin)
  }

  @Test func aClientStaysWithItsClusterByHash() throws {
    let routes = try weighted(
      [("v1", 50), ("v2", 50)], policies: [.init(input: .cookie(name: "user"))])
    var tally: [String: Int] = [:]
    for user in 0..<2_000 {
      let head = Request.make("/", [("cookie", "theme=dark; user=u\(user)")])
      let first = routes.destination(of: head, random: 0)
      #expect(routes.destination(of: head, random: .max) == first)
      tally[first, default: 0] += 1
    }
    // 2,000 clients, half each: sigma 22.4.
    #expect(abs(tally["v1", default: 0] - 1_000) < 5 * 23)
  }

  @Test func theDrawDecidesWithoutAHash() throws {
    let routes = try weighted(
      [("v1", 50), ("v2", 50)], policies: [.init(input: .cookie(name: "user"))])
    #expect(routes.destination(of: Request.make("/"), random: 0) == "v1")
    #expect(routes.destination(of: Request.make("/"), random: .max) == "v2")
  }

  @Test func eachInputHashes() throws {
    let head = Request.make("/?id=7&x", [("x-user", "ann"), ("cookie", "a=1; b=2")])
    // XXH64 of "ann", "2" and "7" as the reference implementation gives them.
    #expect(try hash([.init(input: .header("X-User"))], head) == 0x0B41_BEBA_4034_6EBE)
    #expect(try hash([.init(input: .cookie(name: "b"))], head) == 0x6021_B562_1680_598B)
    #expect(try hash([.init(input: .queryParameter("id"))], head) == 0x184A_52B6_A00D_7AB7)
    #expect(try hash([.init(input: .sourceIP)], head) != nil)
    #expect(try hash([.init(input: .header("x-none"))], head) == nil)
    #expect(try hash([.init(input: .cookie(name: "c"))], head) == nil)
  }

  @Test func policiesCombineUntilATerminalOne() throws {
    let head = Request.make("/?id=7", [("x-user", "ann")])
    let user = HashPolicyConfig(input: .header("x-user"))
    let query = HashPolicyConfig(input: .queryParameter("id"))
    let first = try #require(try hash([user], head))
    let second = try #require(try hash([query], head))
    #expect(try hash([user, query], head) == (first << 1 | first >> 63) ^ second)
    let terminal = HashPolicyConfig(input: .header("x-user"), terminal: true)
    #expect(try hash([terminal, query], head) == first)
    let absent = HashPolicyConfig(input: .header("x-none"), terminal: true)
    #expect(try hash([absent, query], head) == second)
  }

  @Test func repeatedHeadersHashAlikeInAnyOrder() throws {
    let policy = HashPolicyConfig(input: .header("x-user"))
    let one = Request.make("/", [("x-user", "a"), ("x-user", "b")])
    let other = Request.make("/", [("x-user", "b"), ("x-user", "a")])
    #expect(try hash([policy], one) == hash([policy], other))
  }
}
