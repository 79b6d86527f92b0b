import Config
import Synchronization

/// A key that session tickets are sealed with: its name, an HMAC key and an AES key.
/// Source: RFC 5077 section 4; 80 bytes as in Envoy's `TlsSessionTicketKeys`.
public struct TicketKey: Equatable, Sendable {
  public static let byteCount = 80
  let name: [UInt8]
  let macKey: SecretBytes
  let cipherKey: SecretBytes

  /// From 80 bytes: 16 of a name, 32 for HMAC-SHA256, 32 for AES-256. nil when there are not 80.
  public init?(_ secret: SecretBytes) {
    let bytes = secret.bytes
    guard bytes.count == Self.byteCount else { return nil }
    name = Array(bytes[..<16])
    macKey = SecretBytes(Array(bytes[16..<48]))
    cipherKey = SecretBytes(Array(bytes[48...]))
  }

  /// A key that no other process has, from the kernel's random numbers.
  public static func random() -> TicketKey {
    var source = SystemRandomNumberGenerator()
    return TicketKey(SecretBytes((0..<byteCount).map { _ in source.next() }))!
  }
}

/// The keys of one moment: the current one seals, all of them open.
public struct TicketKeys: Equatable, Sendable {
  /// Previous keys that still open tickets.
  public static let maxPrevious = 2
  public var current: TicketKey
  /// The latest first.
  public var previous: [TicketKey]

  public init(current: TicketKey = .random(), previous: [TicketKey] = []) {
    self.current = current
    self.previous = previous
  }

  /// Those after a rotation: a new current key, and the oldest forgotten.
  public func rotated(to next: TicketKey = .random()) -> TicketKeys {
    TicketKeys(current: next, previous: Array(([current] + previous).prefix(Self.maxPrevious)))
  }
}

/// The ticket keys that all workers share, and that outlive a change of certificates. Any thread.
public final class TicketKeyRing: Sendable {
  private let held: Mutex<TicketKeys>

  public init(_ keys: TicketKeys = TicketKeys()) { held = Mutex(keys) }

  /// Of the keys of a configuration, the sealing one first; nil: it has none.
  convenience init?(_ secrets: [SecretBytes]) throws(TLSContextFault) {
    var keys: [TicketKey] = []
    for (index, secret) in secrets.enumerated() {
      guard let key = TicketKey(secret) else {
        throw TLSContextFault(
          "session_ticket_keys.keys[\(index)]",
          "found \(secret.bytes.count) bytes, accepted: \(TicketKey.byteCount)")
      }
      keys.append(key)
    }
    guard let current = keys.first else { return nil }
    self.init(TicketKeys(current: current, previous: Array(keys.dropFirst())))
  }

  public var keys: TicketKeys { held.withLock { $0 } }

  /// Seals with a new key from now on; sessions sealed with one that is gone go through a full handshake.
  public func rotate() { held.withLock { $0 = $0.rotated() } }

  /// The key of a ticket by its name, and whether it is the current one.
  func key(named name: [UInt8]) -> (key: TicketKey, isCurrent: Bool)? {
    let keys = keys
    if keys.current.name == name { return (keys.current, true) }
    return keys.previous.first { $0.name == name }.map { ($0, false) }
  }
}
