import Config
import HTTPModel
import Memory
import Patterns
import Platform
import Routing

/// Builds request heads as a codec would.
enum Request {
  static func make(
    _ target: String, method: String = "GET", host: String = "api.example",
    _ fields: [(String, String)] = []
  ) -> RequestHead {
    let head = RequestHead()
    head.methodText = head.place(method)
    head.target = head.place(target)
    let path = target.prefix { $0 != "?" }.utf8.count
    head.path = ByteRange(offset: Int(head.target.offset), count: path)
    if path < head.target.count {
      head.query = ByteRange(
        offset: Int(head.target.offset) + path + 1, count: Int(head.target.count) - path - 1)
    }
    head.append("host", host)
    head.authority = head.field(at: 0).value
    for (name, value) in fields { head.append(name, value) }
    return head
  }

  static let origin = RequestOrigin(
    remoteAddress: SocketAddress("203.0.113.9", port: 4711)!,
    localAddress: SocketAddress("10.0.0.1", port: 8080)!)
}

extension MessageHead {
  func place(_ text: String) -> ByteRange {
    let offset = bytes.count
    bytes.append(text)
    return ByteRange(offset: offset, count: text.utf8.count)
  }

  func append(_ name: String, _ value: String) {
    let nameRange = place(name)
    let valueRange = place(value)
    append(
      HeaderField(
        nameOffset: Int(nameRange.offset), nameCount: Int(nameRange.count),
        valueOffset: Int(valueRange.offset), valueCount: Int(valueRange.count),
        known: .named(Array(name.utf8).span)))
  }

  func string(_ range: ByteRange) -> String {
    let span = text(range)
    return String(decoding: span.indices.map { span[$0] }, as: UTF8.self)
  }

  /// What would be sent on, as `name: value` lines.
  var lines: [String] {
    (0..<fieldCount).map { field(at: $0) }.filter { $0.isForwarded }.map {
      "\(string($0.name)): \(string($0.value))"
    }
  }
}

/// A compiled table with what a worker has at hand.
struct Routes {
  let table: RouteTable
  let workspace = PatternWorkspace()
  let names: ClusterNames
  let nameIndex: ClusterNameIndex

  init(_ config: RouteConfigurationConfig) throws {
    var names = ClusterNames()
    table = RouteTable(compiling: config, hostName: "node-1") { names.id(for: $0) }
    self.names = names
    nameIndex = ClusterNameIndex(names)
  }

  /// A single virtual host for every authority.
  init(_ routes: [RouteConfig]) throws {
    try self.init(
      RouteConfigurationConfig(
        name: "main",
        virtualHosts: [VirtualHostConfig(name: "all", domains: ["*"], routes: routes)]))
  }

  /// The cluster a request goes to, or what else becomes of it.
  func destination(
    of head: RequestHead, random: UInt64 = 0, from origin: RequestOrigin = Request.origin
  ) -> String {
    switch table.match(head, from: origin, random: random, workspace) {
    case .forward(let route):
      let hash = route.hash(of: head, from: Request.origin)
      let selection = route.selectCluster(
        for: head, random: random, hash: hash, names: nameIndex)
      return names.all.first { $0.value == selection?.cluster }?.key ?? "no cluster"
    case .redirect: return "redirect"
    case .directResponse: return "direct"
    case .notFound: return "not found"
    case .undecided: return "undecided"
    }
  }
}

extension RouteConfig {
  /// Forwards what matches to `cluster`.
  static func to(_ cluster: String, _ match: RouteMatchConfig) -> RouteConfig {
    RouteConfig(match: match, action: .forward(ForwardConfig(destination: .cluster(cluster))))
  }

  static func to(_ cluster: String, _ path: RouteMatchConfig.Path) -> RouteConfig {
    to(cluster, RouteMatchConfig(path: path))
  }
}
