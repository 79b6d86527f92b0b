import Config
import Platform
import Sockets
import Testing

@testable import Proxying

@Suite("ListenerClaims")
struct ListenerClaimsTests {
  private func bound() throws -> BoundAddress {
    try BoundAddress(.loopback(port: 0), count: 1, own: [])
  }

  /// What a listener that was asked to listen there by its number has.
  private func bound(again other: BoundAddress) throws -> BoundAddress {
    try BoundAddress(other.address, count: 1, own: [other.address])
  }

  private func listener(_ name: String, _ address: SocketAddress) -> ListenerConfig {
    let proxy = TCPProxyConfig(statPrefix: name, clusters: [])
    return ListenerConfig(
      name: name, address: address, filterChains: [FilterChainConfig(filter: .tcp(proxy))])
  }

  private func settle(
    _ claims: [ListenerConfig], present: [String: BoundAddress] = [:],
    departing: [BoundAddress] = []
  ) -> ListenerClaims {
    var settled = ListenerClaims(workerCount: 1, present: present, departing: departing)
    settled.settle(claims)
    return settled
  }

  @Test func aListenerThatStaysKeepsItsSockets() throws {
    let own = try bound(again: try bound())
    let claims = settle([listener("a", own.address)], present: ["a": own])
    #expect(claims.granted["a"] === own)
    #expect(claims.refused.isEmpty)
  }

  @Test func theAddressOfOneThatStaysIsRefused() throws {
    let own = try bound(again: try bound())
    let claims = settle([listener("b", own.address)], present: ["a": own])
    #expect(claims.granted["b"] == nil)
    #expect(claims.refused.map(\.reason) == ["listener a has it"])
  }

  @Test func theSocketsOfOneThatLeftAreHandedOver() throws {
    let left = try bound(again: try bound())
    #expect(settle([listener("b", left.address)], departing: [left]).granted["b"] === left)
  }

  @Test func twoListenersSwapTheirAddresses() throws {
    let first = try bound(again: try bound())
    let second = try bound(again: try bound())
    let claims = settle(
      [listener("a", second.address), listener("b", first.address)],
      present: ["a": first, "b": second])
    #expect(claims.granted["a"] === second)
    #expect(claims.granted["b"] === first)
  }

  @Test func theFirstOfTwoNewcomersGetsAnAddress() throws {
    let address = try bound().address
    let claims = settle([listener("a", address), listener("b", address)])
    #expect(claims.granted["a"]?.address == address)
    #expect(claims.refused.map(\.config.name) == ["b"])
    #expect(claims.refused.map(\.reason) == ["listener a has it"])
  }

  /// Who is refused stays where it is, and so refuses whoever wanted its place.
  @Test func aRefusalRefusesThoseBehindIt() throws {
    let first = try bound(again: try bound())
    let second = try bound(again: try bound())
    let claims = settle(
      [listener("b", first.address), listener("c", second.address)],
      present: ["a": first, "b": second])
    #expect(claims.granted.isEmpty)
    #expect(claims.refused.map(\.reason) == ["listener a has it", "listener b has it"])
  }

  @Test func portZeroIsAnotherPortForEach() throws {
    let claims = settle([listener("a", .loopback(port: 0)), listener("b", .loopback(port: 0))])
    let ports = claims.granted.values.map(\.address.port)
    #expect(Set(ports).count == 2)
    #expect(!ports.contains(0))
  }
}
