import CPlatform
import Glibc
import Platform
import Reactor

@testable import Sockets

/// A DNS server on the test's own loop that answers from a table (RFC 1035).
final class DNSServer: EventHandler {
  enum Record: Equatable {
    case address(SocketAddress, ttl: UInt32)
    case alias(String, ttl: UInt32)
  }
  enum Answer {
    case records([Record])
    /// RCODE 3.
    case nameError
    /// RCODE 2.
    case serverFailure
    case silence
  }

  private let fd: Int32
  private let loop: EventLoop
  private var registration: Registration?
  let address: SocketAddress
  var answers: [String: Answer] = [:]
  /// `name A` or `name AAAA`, in the order asked.
  private(set) var questions: [String] = []

  init(on loop: EventLoop) throws {
    self.loop = loop
    let kind = Int32(SOCK_DGRAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
    fd = socket(AF_INET, kind, 0)
    guard fd >= 0, bindOnce(fd, to: .loopback(port: 0)) == 0, let bound = localAddress(of: fd)
    else { throw SystemFault("bind") }
    address = bound
    super.init()
    registration = try loop.registerLevelTriggered(fd, self)
  }

  func close() {
    guard let registration else { return }
    loop.deregister(registration, fd)
    self.registration = nil
    _ = Glibc.close(fd)
  }

  override func onReady(_ readiness: Readiness) {
    var bytes = [UInt8](repeating: 0, count: 1500)
    var peer = sockaddr_in()
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let n = withUnsafeMutablePointer(to: &peer) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        recvfrom(fd, &bytes, bytes.count, 0, $0, &length)
      }
    }
    guard n > 12, let reply = reply(to: Array(bytes[..<n])) else { return }
    withUnsafePointer(to: &peer) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        _ = sendto(fd, reply, reply.count, 0, $0, length)
      }
    }
  }

  private func reply(to query: [UInt8]) -> [UInt8]? {
    var offset = 12
    var labels: [String] = []
    while query[offset] != 0 {
      let count = Int(query[offset])
      labels.append(String(decoding: query[(offset + 1)...(offset + count)], as: UTF8.self))
      offset += count + 1
    }
    let name = labels.joined(separator: ".")
    let type = UInt16(query[offset + 1]) << 8 | UInt16(query[offset + 2])
    let question = Array(query[12..<(offset + 5)])
    questions.append("\(name) \(type == 28 ? "AAAA" : "A")")
    var code: UInt8 = 0
    var body: [[UInt8]] = []
    switch answers[name.lowercased()] ?? .nameError {
    case .silence: return nil
    case .nameError: code = 3
    case .serverFailure: code = 2
    case .records(let records): body = encode(records, owner: name, type: type)
    }
    return query[0..<2] + [0x81, 0x80 | code, 0, 1, 0, UInt8(body.count), 0, 0, 0, 0] + question
      + body.flatMap { $0 }
  }

  private func encode(_ records: [Record], owner: String, type: UInt16) -> [[UInt8]] {
    var owner = owner
    var encoded: [[UInt8]] = []
    for record in records {
      switch record {
      case .alias(let target, let ttl):
        encoded.append(resource(owner, type: 5, ttl: ttl, data: encode(target)))
        owner = target
      case .address(let address, let ttl):
        let isV4 = address.family == .ipv4
        guard type == (isV4 ? 1 : 28) else { continue }
        let words = isV4 ? bytes(address.low).suffix(4) : bytes(address.high) + bytes(address.low)
        encoded.append(resource(owner, type: type, ttl: ttl, data: Array(words)))
      }
    }
    return encoded
  }

  private func resource(_ owner: String, type: UInt16, ttl: UInt32, data: [UInt8]) -> [UInt8] {
    encode(owner) + [0, UInt8(type), 0, 1] + bytes(UInt64(ttl)).suffix(4)
      + [0, UInt8(data.count)] + data
  }

  private func encode(_ name: String) -> [UInt8] {
    name.split(separator: ".").flatMap { [UInt8($0.utf8.count)] + Array($0.utf8) } + [0]
  }

  private func bytes(_ word: UInt64) -> [UInt8] {
    (0..<8).map { UInt8(truncatingIfNeeded: word >> (56 - 8 * UInt64($0))) }
  }
}
