import Config
import Glibc
import Platform
import Reactor
import Testing

@testable import Sockets

final class ResolverTests {
  private let loop: EventLoop
  private let server: DNSServer
  private let resolver: Resolver
  /// Gives up soon, for what is never answered.
  private let hasty: Resolver

  init() throws {
    loop = try EventLoop()
    server = try DNSServer(on: loop)
    var config = ResolverConfig()
    config.servers = [server.address]
    // Patient: on a busy machine this thread may wait longer than a short timeout.
    config.timeout = .seconds(2)
    config.tries = 4
    resolver = try Resolver(on: loop, asking: config)
    config.timeout = .milliseconds(50)
    config.tries = 2
    hasty = try Resolver(on: loop, asking: config)
  }

  deinit { server.close() }

  private func resolve(
    _ host: String, _ lookup: DNSDiscovery.Lookup = .auto, with asked: Resolver? = nil
  ) throws -> Result<[ResolvedAddress], DNSFailure> {
    var result: Result<[ResolvedAddress], DNSFailure>?
    (asked ?? resolver).resolve(host, lookup: lookup) {
      #expect(result == nil)
      result = $0
    }
    #expect(result == nil)
    try loop.run("an answer for \(host)") { result != nil }
    return result!
  }

  private func hosts(_ result: Result<[ResolvedAddress], DNSFailure>) throws -> [String] {
    try result.get().map(\.address.host)
  }

  @Test func givesAddressesWithTheirTTL() throws {
    server.answers["api.test"] = .records([
      .address(SocketAddress("10.0.0.1", port: 0)!, ttl: 30),
      .address(SocketAddress("10.0.0.2", port: 0)!, ttl: 7),
    ])
    let found = try resolve("api.test").get()
    #expect(Set(found.map(\.address.host)) == ["10.0.0.1", "10.0.0.2"])
    #expect(Set(found.map(\.ttlSeconds)) == [7, 30])
  }

  @Test func anAddressHoldsNoLongerThanItsAlias() throws {
    server.answers["www.test"] = .records([
      .alias("api.test", ttl: 5), .address(SocketAddress("10.0.0.1", port: 0)!, ttl: 300),
    ])
    #expect(try resolve("www.test").get().map(\.ttlSeconds) == [5])
  }

  @Test func asksForTheFamilyThatIsWanted() throws {
    server.answers["both.test"] = .records([
      .address(SocketAddress("10.0.0.1", port: 0)!, ttl: 9),
      .address(SocketAddress("fd00::1", port: 0)!, ttl: 9),
    ])
    #expect(try hosts(resolve("both.test", .ipv4Only)) == ["10.0.0.1"])
    #expect(server.questions == ["both.test A"])
    #expect(try hosts(resolve("both.test", .ipv6Only)) == ["fd00::1"])
    #expect(server.questions == ["both.test A", "both.test AAAA"])
    #expect(try hosts(resolve("both.test", .ipv4Preferred)) == ["10.0.0.1"])
    #expect(try Set(hosts(resolve("both.test", .all))) == ["10.0.0.1", "fd00::1"])
    #expect(try hosts(resolve("both.test", .auto)).count == 1)
  }

  @Test func fallsBackToTheOtherFamily() throws {
    server.answers["old.test"] = .records([.address(SocketAddress("10.0.0.1", port: 0)!, ttl: 9)])
    server.answers["new.test"] = .records([.address(SocketAddress("fd00::1", port: 0)!, ttl: 9)])
    #expect(try hosts(resolve("old.test", .auto)) == ["10.0.0.1"])
    #expect(try hosts(resolve("new.test", .ipv4Preferred)) == ["fd00::1"])
  }

  @Test func tellsWhyThereIsNoAddress() throws {
    server.answers["empty.test"] = .records([])
    server.answers["slow.test"] = .silence
    server.answers["broken.test"] = .serverFailure
    let causes: [DNSFailure.Cause?] =
      try ["none.test", "empty.test", "slow.test", "broken.test"].map {
        let asked = $0 == "slow.test" ? hasty : resolver
        guard case .failure(let failure) = try resolve($0, with: asked) else { return nil }
        return failure.cause
      }
    #expect(causes == [.notFound, .noAddress, .timeout, .other])
    #expect(server.questions.count { $0 == "slow.test A" } == 2)
  }

  @Test func takesAnAddressInTextForm() throws {
    #expect(try hosts(resolve("192.0.2.7")) == ["192.0.2.7"])
    #expect(try hosts(resolve("2001:db8::7")) == ["2001:db8::7"])
    #expect(server.questions.isEmpty)
  }

  @Test(.enabled(if: HostsFile.entry != nil)) func readsTheHostsFile() throws {
    let entry = try #require(HostsFile.entry)
    #expect(try hosts(resolve(entry.name, .ipv4Only)).contains(entry.address))
    #expect(server.questions.isEmpty)
  }

  @Test func runsManyLookupsAtOnce() throws {
    var found: Set<String> = []
    for number in 0..<100 {
      server.answers["n\(number).test"] = .records([
        .address(SocketAddress("10.1.0.\(number)", port: 0)!, ttl: 9)
      ])
      resolver.resolve("n\(number).test", lookup: .ipv4Only) {
        if let address = try? $0.get().first?.address { found.insert(address.host) }
      }
    }
    try loop.run("all answers") { found.count == 100 }
  }

  @Test func livesUntilItsLastQueryIsAnswered() throws {
    server.answers["slow.test"] = .silence
    var config = ResolverConfig()
    config.servers = [server.address]
    config.timeout = .milliseconds(20)
    config.tries = 1
    var short: Resolver? = try Resolver(on: loop, asking: config)
    var wasCalled = false
    short?.resolve("slow.test", lookup: .ipv4Only) { _ in wasCalled = true }
    weak let ended = short
    short = nil
    try loop.run("its answer") { wasCalled }
    try loop.run("its end") { ended == nil }
  }
}

/// An IPv4 line of /etc/hosts with a name that is not `localhost`, which no resolver asks for anyway.
private enum HostsFile {
  static let entry: (name: String, address: String)? = {
    guard let file = fopen("/etc/hosts", "r") else { return nil }
    defer { fclose(file) }
    var line = [CChar](repeating: 0, count: 1024)
    while fgets(&line, Int32(line.count), file) != nil {
      let text = String(
        decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
      let words = text.prefix { $0 != "#" }.split { $0.isWhitespace }.map(String.init)
      guard words.count >= 2, SocketAddress(words[0], port: 0)?.family == .ipv4 else { continue }
      if let name = words.dropFirst().first(where: { !$0.hasPrefix("localhost") }) {
        return (name, words[0])
      }
    }
    return nil
  }()
}

extension EventLoop {
  /// Turns until the condition holds; fails the test after thirty seconds.
  func run(
    _ what: String, until condition: () -> Bool, at place: SourceLocation = #_sourceLocation
  ) throws {
    let deadline = MonotonicInstant.now().advanced(by: .seconds(30))
    while !condition() {
      guard MonotonicInstant.now() < deadline else {
        Issue.record("\(what) did not come about", sourceLocation: place)
        throw TimedOut()
      }
      turn(maxWait: 10)
    }
  }

  private struct TimedOut: Error {}
}
