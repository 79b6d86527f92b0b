import Config
import HTTPModel
import Platform
import Routing
import Testing

@Suite struct HeaderMutationTests {
  private func mutations(
    add: [HeaderValueConfig] = [], remove: [String] = [], response: [HeaderValueConfig] = [],
    responseRemove: [String] = []
  ) -> HeaderMutationsConfig {
    var config = HeaderMutationsConfig()
    config.requestAdd = add
    config.requestRemove = remove
    config.responseAdd = response
    config.responseRemove = responseRemove
    return config
  }

  /// A table whose single route has these changes at its four levels.
  private func routes(
    entry: HeaderMutationsConfig = .init(), route: HeaderMutationsConfig = .init(),
    host: HeaderMutationsConfig = .init(), table: HeaderMutationsConfig = .init()
  ) throws -> Routes {
    let cluster = WeightedClusterConfig(cluster: "api-v1", weight: 1, headerMutations: entry)
    let forward = ForwardConfig(destination: .weighted(.init(clusters: [cluster])))
    let route = RouteConfig(
      name: "r1", match: .init(path: .prefix("/")), action: .forward(forward),
      headerMutations: route)
    let host = VirtualHostConfig(
      name: "all", domains: ["*"], routes: [route], headerMutations: host)
    return try Routes(
      RouteConfigurationConfig(name: "main", virtualHosts: [host], headerMutations: table))
  }

  @Test func levelsRunFromTheMostSpecificOutwards() throws {
    func level(_ name: String) -> HeaderMutationsConfig {
      mutations(add: [.init(name: "x-level", value: FormatString(stringLiteral: name))])
    }
    let head = Request.make("/")
    try routes(
      entry: level("entry"), route: level("route"), host: level("host"), table: level("table")
    ).apply(to: head)
    #expect(
      head.lines.dropFirst()
        == ["x-level: entry", "x-level: route", "x-level: host", "x-level: table"])
  }

  @Test func aLevelRemovesBeforeItAdds() throws {
    let head = Request.make(
      "/", [("x-a", "1"), ("X-A", "2"), ("user-agent", "curl"), ("x-b", "3")])
    try routes(
      route: mutations(add: [.init(name: "X-A", value: "new")], remove: ["x-a", "User-Agent"]),
      host: mutations(remove: ["x-b"])
    ).apply(to: head)
    #expect(head.lines.dropFirst() == ["x-a: new"])
  }

  @Test(arguments: [
    (HeaderValueConfig.AppendAction.appendIfExistsOrAdd, ["1", "2", "new"], ["new"]),
    (.addIfAbsent, ["1", "2"], ["new"]), (.overwriteIfExistsOrAdd, ["new"], ["new"]),
    (.overwriteIfExists, ["new"], []),
  ])
  func anAppendActionDecides(
    action: HeaderValueConfig.AppendAction, whenPresent: [String], whenAbsent: [String]
  ) throws {
    for name in ["x-a", "via"] {
      let change = mutations(add: [.init(name: name, value: "new", appendAction: action)])
      let present = Request.make("/", [(name, "1"), (name, "2")])
      try routes(route: change).apply(to: present)
      #expect(present.lines.dropFirst() == whenPresent.map { "\(name): \($0)" }[...])
      let absent = Request.make("/")
      try routes(route: change).apply(to: absent)
      #expect(absent.lines.dropFirst() == whenAbsent.map { "\(name): \($0)" }[...])
    }
  }

  @Test(arguments: [
    ("100%%", "100%"), ("%DOWNSTREAM_REMOTE_ADDRESS%", "203.0.113.9:4711"),
    ("%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%", "203.0.113.9"),
    ("%DOWNSTREAM_REMOTE_PORT%", "4711"), ("%DOWNSTREAM_LOCAL_ADDRESS%", "10.0.0.1:8080"),
    ("%DOWNSTREAM_LOCAL_ADDRESS_WITHOUT_PORT%", "10.0.0.1"), ("%DOWNSTREAM_LOCAL_PORT%", "8080"),
    ("%REQ(X-User)%", "ann"), ("%REQ(x-none?x-user)%", "ann"), ("%REQ(X-User):2%", "an"),
    ("<%REQ(x-none)%>", "<>"), ("%REQ(:METHOD)% %REQ(:path)%", "GET /p?q"),
    ("%REQ(:authority)%", "api.example"), ("%REQ(:scheme)%", "http"), ("%PROTOCOL%", "HTTP/1.1"),
    ("%UPSTREAM_CLUSTER%/%ROUTE_NAME%", "api-v1/r1"), ("on %HOSTNAME%", "on node-1"),
  ])
  func operatorsAreFilledIn(format: String, expected: String) throws {
    let head = Request.make("/p?q", [("x-user", "ann")])
    try routes(
      route: mutations(add: [
        .init(name: "x-out", value: FormatString(parsing: format, in: .requestHeader))
      ])
    )
    .apply(to: head)
    #expect(head.lines.last == "x-out: \(expected)")
  }

  @Test func aLiteralMayBeEmpty() throws {
    let head = Request.make("/")
    try routes(route: mutations(add: [.init(name: "x-out", value: "")])).apply(to: head)
    #expect(head.lines.last == "x-out: ")
  }

  @Test func anOperatorWithoutValueAddsNothing() throws {
    let head = Request.make("/", [("x-out", "kept")])
    let change = HeaderValueConfig(
      name: "x-out", value: "%REQ(x-none)%", appendAction: .overwriteIfExistsOrAdd)
    try routes(route: mutations(add: [change])).apply(to: head)
    #expect(head.lines.dropFirst() == ["x-out: kept"])
  }

  @Test func aHeaderMayBeOverwrittenByItsOwnValue() throws {
    let head = Request.make("/", [("x-a", "1")])
    let change = HeaderValueConfig(
      name: "x-a", value: "[%REQ(x-a)%]", appendAction: .overwriteIfExistsOrAdd)
    try routes(route: mutations(add: [change])).apply(to: head)
    #expect(head.lines.dropFirst() == ["x-a: [1]"])
  }

  @Test func responsesAreChangedToo() throws {
    let routes = try routes(
      entry: mutations(response: [.init(name: "x-version", value: "%UPSTREAM_CLUSTER%")]),
      table: mutations(
        response: [
          .init(name: "x-code", value: "%RESPONSE_CODE% %RESP(x-in)% %REQ(:path)%"),
          .init(name: "x-host", value: "%UPSTREAM_HOST%"),
        ], responseRemove: ["server"]))
    let head = Request.make("/p")
    let (route, selection) = try routes.select(head)
    let response = ResponseHead()
    response.status = 404
    response.append("server", "nginx")
    response.append("x-in", "yes")
    route.applyResponse(
      to: response, of: head, selection, from: Request.origin,
      upstream: SocketAddress("::1", port: 90))
    #expect(
      response.lines
        == ["x-in: yes", "x-version: api-v1", "x-code: 404 yes /p", "x-host: [::1]:90"])
  }
}
