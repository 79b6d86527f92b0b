import Config
import Foundation
import Memory
import Testing

@testable import TLS

/// The message at the front of these bytes; nil while it is not whole.
func decoded(_ bytes: some Sequence<UInt8>) throws(ClientHelloFault) -> ClientHello? {
  let bytes = Array(bytes)
  return try ClientHello.decode(bytes.span)
}

/// Outcomes of a decoder, to be compared.
private enum Outcome: Equatable {
  case hello(ClientHello)
  case incomplete
  case refused(ClientHelloFault)

  init(_ bytes: some Sequence<UInt8>) {
    do throws(ClientHelloFault) {
      self = try decoded(bytes).map { .hello($0) } ?? .incomplete
    } catch { self = .refused(error) }
  }
}

struct ClientHelloTests {
  /// What our own client sends first.
  private static func hello(_ change: (inout UpstreamTLSConfig) -> Void = { _ in }) throws
    -> [UInt8]
  {
    let wire = try Wire(.trusting(change))
    wire.client.onWritable()
    _ = wire.client.handshake()
    return peeked(wire.serverSocket)
  }

  @Test func readsWhatOurClientAsksFor() throws {
    let bytes = try Self.hello {
      $0.serverName = "Web.Example"
      $0.common.applicationProtocols = ["h2", "http/1.1"]
    }
    let hello = try #require(try decoded(bytes))
    #expect(hello.serverName == "web.example")
    #expect(hello.applicationProtocols == ["h2", "http/1.1"])
  }

  @Test func readsAHelloWithoutThese() throws {
    let bytes = try Self.hello {
      $0.serverName = ""
      $0.common.parameters.maximumVersion = .tls12
    }
    let hello = try #require(try decoded(bytes))
    #expect(hello.serverName == nil)
    #expect(hello.applicationProtocols.isEmpty)
  }

  private static let corpus = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "Corpora/tls/client_hello")

  @Test(
    arguments: [
      ("curl", "x.example", ["h2", "http/1.1"]), ("python", "python.example", ["http/1.1"]),
      ("s_client", "web.example", ["h2", "http/1.1"]), ("s_client-tls12-nameless", nil, []),
      ("in-records", "web.example", ["h2", "http/1.1"]),
    ] as [(String, String?, [String])])
  func readsWhatRealClientsSend(file: String, name: String?, protocols: [String]) throws {
    let bytes = Array(try Data(contentsOf: Self.corpus.appending(path: file)))
    let hello = try #require(try decoded(bytes))
    #expect(hello.serverName == name)
    #expect(hello.applicationProtocols == protocols)
    for count in bytes.indices { #expect(Outcome(bytes[..<count]) == .incomplete) }
  }

  @Test func waitsForTheLastByte() throws {
    let bytes = try Self.hello()
    for count in bytes.indices { #expect(Outcome(bytes[..<count]) == .incomplete) }
    #expect(Outcome(bytes) != .incomplete)
    // What follows belongs to later messages.
    #expect(Outcome(bytes + [20, 3, 3, 0, 1, 1]) == Outcome(bytes))
  }

  @Test(arguments: [1, 2, 3, 7, 100])
  func readsAHelloInManyRecords(fragmentBytes: Int) throws {
    let bytes = try Self.hello()
    let message = bytes[5...]
    var records: [UInt8] = []
    for start in stride(from: message.startIndex, to: message.endIndex, by: fragmentBytes) {
      let fragment = message[start..<min(start + fragmentBytes, message.endIndex)]
      records += [22, 3, 1, 0, UInt8(fragment.count)] + fragment
    }
    #expect(Outcome(records) == Outcome(bytes))
    for count in records.indices { #expect(Outcome(records[..<count]) == .incomplete) }
  }

  @Test func neitherCrashesNorChangesItsMindOnMutations() throws {
    let bytes = try Self.hello { $0.common.applicationProtocols = ["h2"] }
    for index in bytes.indices {
      for value: UInt8 in [0, 1, 0x7F, 0xFF, bytes[index] &+ 1, bytes[index] ^ 0x80] {
        var mutated = bytes
        mutated[index] = value
        let whole = Outcome(mutated)
        for count in stride(from: 0, to: mutated.count, by: 11) {
          switch Outcome(mutated[..<count]) {
          case .incomplete: break
          case .refused(let fault): #expect(whole == .refused(fault))
          case .hello(let hello): #expect(whole == .hello(hello))
          }
        }
      }
    }
  }

  @Test func refusesOtherProtocols() {
    for text in ["GET / HTTP/1.1\r\n", "SSH-2.0-x\r\n", "PRI * HTTP/2.0\r\n", "\u{15}x"] {
      #expect(Outcome(Array(text.utf8)) == .refused(.notTLS))
    }
    #expect(Outcome([22, 2, 0, 0, 5]) == .refused(.notTLS))
    // The form of SSL 2.
    #expect(Outcome([0x80, 46, 1, 3, 1]) == .refused(.notTLS))
  }

  @Test func refusesOtherMessagesAndBrokenRecords() {
    // A ServerHello, an empty record, a record too long, an alert amid the message.
    #expect(Outcome([22, 3, 1, 0, 4, 2]) == .refused(.malformed))
    #expect(Outcome([22, 3, 1, 0, 0]) == .refused(.malformed))
    #expect(Outcome([22, 3, 1, 0x40, 1]) == .refused(.malformed))
    #expect(Outcome([22, 3, 1, 0, 1, 1, 21, 3, 1, 0, 2, 2, 0]) == .refused(.malformed))
  }

  @Test func refusesAMessageThatIsTooLarge() {
    #expect(Outcome([22, 3, 1, 0, 4, 1, 0, 0x40, 1]) == .refused(.tooLarge))
    // Within the bound by itself, but not with the headers of its records.
    let message: [UInt8] = [1, 0, 0x20, 0] + [UInt8](repeating: 0, count: 0x2000)
    let records = message.flatMap { (byte: UInt8) -> [UInt8] in [22, 3, 1, 0, 1, byte] }
    #expect(Outcome(records) == .refused(.tooLarge))
    #expect(Outcome(records[..<ClientHello.maxBytes]) == .refused(.tooLarge))
    #expect(Outcome(records[..<(ClientHello.maxBytes - 1)]) == .incomplete)
  }

  /// A hello with these extensions, each a type and a body.
  private func hello(_ extensions: [(type: UInt8, body: [UInt8])]) -> [UInt8] {
    var list: [UInt8] = []
    for one in extensions { list += [0, one.type, 0, UInt8(one.body.count)] + one.body }
    var body: [UInt8] = [3, 3] + [UInt8](repeating: 5, count: 32)
    body += [0, 0, 2, 0x13, 1, 1, 0, 0, UInt8(list.count)]
    body += list
    return [22, 3, 1, 0, UInt8(body.count + 4), 1, 0, 0, UInt8(body.count)] + body
  }

  @Test func readsHandMadeExtensions() throws {
    let bytes = hello([
      (0, [0, 6, 0, 0, 3, 0x41, 0x2E, 0x62]), (16, [0, 3, 2, 0x68, 0x32]),
      (43, [4, 0x7A, 0x7A, 3, 4]),
    ])
    let hello = try #require(try decoded(bytes))
    #expect(hello.serverName == "a.b")
    #expect(hello.applicationProtocols == ["h2"])
  }

  @Test func refusesMalformedExtensions() {
    let name: [UInt8] = [0, 6, 0, 0, 3, 0x61, 0x2E, 0x62]
    let malformed: [[(type: UInt8, body: [UInt8])]] = [
      [(0, name), (0, name)],
      [(0, [])], [(0, [0, 0])], [(0, [0, 3, 0, 0, 0])], [(0, [0, 5, 0, 0, 3, 0x61, 0x62])],
      [(0, [0, 6, 1, 0, 3, 0x61, 0x2E, 0x62])], [(0, name + [0])],
      [(0, [0, 12, 0, 0, 3, 0x61, 0x2E, 0x62, 0, 0, 3, 0x61, 0x2E, 0x62])],
      [(0, [0, 6, 0, 0, 3, 0x61, 0, 0x62])], [(0, [0, 6, 0, 0, 3, 0x61, 0x20, 0x62])],
      [(16, [])], [(16, [0, 0])], [(16, [0, 1, 0])], [(16, [0, 3, 3, 0x68, 0x32])],
      [(43, [])], [(43, [0])], [(43, [3, 3, 4, 3])], [(43, [2, 3])], [(43, [2, 3, 4, 0])],
    ]
    for extensions in malformed { #expect(Outcome(hello(extensions)) == .refused(.malformed)) }
  }
}
