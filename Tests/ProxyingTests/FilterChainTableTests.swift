import Config
import Platform
import TLS
import Testing

@testable import Proxying

/// Which chain is chosen, criterion by criterion.
struct FilterChainTableTests {
  private func chain(
    _ edit: (inout FilterChainMatchConfig) -> Void = { _ in }
  ) -> FilterChainConfig {
    let proxy = TCPProxyConfig(statPrefix: "", clusters: [])
    var chain = FilterChainConfig(filter: .tcp(proxy))
    edit(&chain.match)
    return chain
  }

  private func connection(
    name: String? = nil, protocols: [String] = [], speaksTLS: Bool = true,
    peer: String = "192.0.2.1", peerPort: UInt16 = 1000, local: String = "10.1.2.3"
  ) -> ConnectionTraits {
    var hello = ClientHello()
    hello.serverName = name
    hello.applicationProtocols = protocols
    return ConnectionTraits(
      local: SocketAddress(local, port: 443)!, peer: SocketAddress(peer, port: peerPort)!,
      hello: speaksTLS ? hello : nil)
  }

  private func range(_ address: String, _ length: Int) -> AddressRangeConfig {
    AddressRangeConfig(SocketAddress(address, port: 0)!, prefixLength: length)!
  }

  @Test func aWholeNameComesBeforeTheLongestSuffix() {
    let table = FilterChainTable([
      chain(), chain { $0.serverNames = ["*.example"] }, chain { $0.serverNames = ["*.a.example"] },
      chain { $0.serverNames = ["x.a.example"] },
    ])
    #expect(table.choose(connection(name: "x.a.example")) == 3)
    #expect(table.choose(connection(name: "y.a.example")) == 2)
    #expect(table.choose(connection(name: "a.example")) == 1)
    #expect(table.choose(connection(name: "example")) == 0)
    #expect(table.choose(connection()) == 0)
  }

  @Test func thereIsNoWayBackFromANarrowMatch() {
    let table = FilterChainTable([
      chain { $0.serverNames = ["a.example"] },
      chain {
        $0.destinationPort = 443
        $0.serverNames = ["b.example"]
      },
    ])
    #expect(table.choose(connection(name: "b.example")) == 1)
    #expect(table.choose(connection(name: "a.example")) == nil)
  }

  @Test func theLongestPrefixCounts() {
    let table = FilterChainTable([
      chain { $0.destinations = [range("10.0.0.0", 8)] },
      chain { $0.destinations = [range("10.1.0.0", 16), range("2001:db8::", 32)] },
      chain { $0.destinations = [range("10.1.2.3", 32)] },
    ])
    #expect(table.choose(connection()) == 2)
    #expect(table.choose(connection(local: "10.1.9.9")) == 1)
    #expect(table.choose(connection(local: "10.9.9.9")) == 0)
    #expect(table.choose(connection(local: "2001:db8::1")) == 1)
    #expect(table.choose(connection(local: "2001:db9::1")) == nil)
  }

  @Test func whatTheClientLikesBestCounts() {
    let table = FilterChainTable([
      chain { $0.applicationProtocols = ["http/1.1"] }, chain { $0.applicationProtocols = ["h2"] },
    ])
    #expect(table.choose(connection(protocols: ["h2", "http/1.1"])) == 1)
    #expect(table.choose(connection(protocols: ["http/1.1", "h2"])) == 0)
    #expect(table.choose(connection(protocols: [])) == nil)
  }

  @Test func protocolsThatNobodyNamesCostNoComparison() {
    let table = FilterChainTable(
      (0..<200).map { number in chain { $0.applicationProtocols = ["a\(number)", "b\(number)"] } })
    let flood = (0..<8000).map { "x\($0)" } + Array(repeating: "b7", count: 8000)
    let clock = ContinuousClock()
    let elapsed = clock.measure {
      #expect(table.choose(connection(protocols: flood + ["a5"])) == 7)
    }
    // Comparing each name with each would take seconds.
    #expect(elapsed < .milliseconds(500))
  }

  @Test func transportAndSourceCount() {
    let table = FilterChainTable([
      chain { $0.transportProtocol = "tls" },
      chain {
        $0.transportProtocol = "raw_buffer"
        $0.sourceType = .sameMachine
      },
      chain {
        $0.transportProtocol = "raw_buffer"
        $0.sourceType = .external
        $0.sourcePorts = [7]
      },
    ])
    #expect(table.choose(connection()) == 0)
    #expect(table.choose(connection(speaksTLS: false, peer: "127.0.0.9")) == 1)
    #expect(table.choose(connection(speaksTLS: false, peer: "::1")) == 1)
    #expect(table.choose(connection(speaksTLS: false, peer: "10.1.2.3")) == 1)
    #expect(table.choose(connection(speaksTLS: false, peerPort: 7)) == 2)
    #expect(table.choose(connection(speaksTLS: false, peerPort: 8)) == nil)
  }

  @Test func aRangeIsOfItsFamilyAndLength() {
    #expect(AddressRangeConfig(SocketAddress("10.0.0.0", port: 0)!, prefixLength: 33) == nil)
    #expect(range("0.0.0.0", 0).contains(SocketAddress("9.9.9.9", port: 5)!))
    #expect(!range("0.0.0.0", 0).contains(SocketAddress("::", port: 5)!))
    #expect(range("2001:db8::ffff", 64).contains(SocketAddress("2001:db8::1", port: 0)!))
    #expect(!range("2001:db8::", 65).contains(SocketAddress("2001:db8:0:0:8000::", port: 0)!))
  }
}
