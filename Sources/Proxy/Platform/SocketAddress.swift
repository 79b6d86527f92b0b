import CPlatform
import Glibc

/// Where a socket listens or connects: an IPv4 or IPv6 address with a port.
/// Bytes are kept in network order, as the kernel takes them.
public struct SocketAddress: Hashable, Sendable {
  public enum Family: Hashable, Sendable { case ipv4, ipv6 }

  public let family: Family
  /// The address as one 128-bit value in two words; IPv4 uses the low 32 bits of `low`.
  public let high: UInt64
  public let low: UInt64
  public let port: UInt16

  public init(family: Family, high: UInt64, low: UInt64, port: UInt16) {
    self.family = family
    self.high = high
    self.low = low
    self.port = port
  }

  /// 127.0.0.1 with `port`.
  public static func loopback(port: UInt16) -> Self {
    .init(family: .ipv4, high: 0, low: 0x7F00_0001, port: port)
  }

  /// Parses the text form of an IPv4 or IPv6 address (no brackets, no zone); nil when it is neither.
  public init?(_ text: String, port: UInt16) {
    // SAFETY: inet_pton fills the in_addr or in6_addr it is given; `text` is a C string for the call.
    var v4 = in_addr()
    if unsafe inet_pton(AF_INET, text, &v4) == 1 {
      self.init(family: .ipv4, high: 0, low: UInt64(UInt32(bigEndian: v4.s_addr)), port: port)
      return
    }
    var v6 = in6_addr()
    guard unsafe inet_pton(AF_INET6, text, &v6) == 1 else { return nil }
    // SAFETY: in6_addr is 16 plain bytes; they are copied out while `v6` lives on the stack.
    let words = unsafe withUnsafeBytes(of: &v6) {
      (
        unsafe $0.loadUnaligned(fromByteOffset: 0, as: UInt64.self),
        unsafe $0.loadUnaligned(fromByteOffset: 8, as: UInt64.self)
      )
    }
    self.init(
      family: .ipv6, high: UInt64(bigEndian: words.0), low: UInt64(bigEndian: words.1), port: port)
  }

  /// The same address with another port.
  public func with(port: UInt16) -> Self {
    .init(family: family, high: high, low: low, port: port)
  }

  /// Calls `body` with the kernel's form of the address; the pointer is valid only inside.
  public func withSockaddr<R>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> R) -> R {
    switch family {
    case .ipv4:
      var address = sockaddr_in()
      address.sin_family = sa_family_t(AF_INET)
      address.sin_port = port.bigEndian
      address.sin_addr.s_addr = UInt32(truncatingIfNeeded: low).bigEndian
      // SAFETY: sockaddr_in begins as sockaddr does, and the length says how long it is.
      return unsafe withUnsafePointer(to: &address) {
        unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          unsafe body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
        }
      }
    case .ipv6:
      var address = sockaddr_in6()
      address.sin6_family = sa_family_t(AF_INET6)
      address.sin6_port = port.bigEndian
      // SAFETY: in6_addr is 16 plain bytes.
      unsafe withUnsafeMutableBytes(of: &address.sin6_addr) {
        unsafe $0.storeBytes(of: high.bigEndian, toByteOffset: 0, as: UInt64.self)
        unsafe $0.storeBytes(of: low.bigEndian, toByteOffset: 8, as: UInt64.self)
      }
      // SAFETY: sockaddr_in6 begins as sockaddr does, and the length says how long it is.
      return unsafe withUnsafePointer(to: &address) {
        unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          unsafe body($0, socklen_t(MemoryLayout<sockaddr_in6>.size))
        }
      }
    }
  }

  /// Reads the kernel's form; nil for a family other than IPv4 and IPv6.
  public init?(_ storage: sockaddr_storage) {
    var storage = storage
    switch Int32(storage.ss_family) {
    case AF_INET:
      // SAFETY: the family says that the storage holds a sockaddr_in.
      let address = unsafe withUnsafeBytes(of: &storage) { unsafe $0.load(as: sockaddr_in.self) }
      self.init(
        family: .ipv4, high: 0, low: UInt64(UInt32(bigEndian: address.sin_addr.s_addr)),
        port: UInt16(bigEndian: address.sin_port))
    case AF_INET6:
      // SAFETY: the family says that the storage holds a sockaddr_in6.
      let address = unsafe withUnsafeBytes(of: &storage) { unsafe $0.load(as: sockaddr_in6.self) }
      var bytes = address.sin6_addr
      let words = unsafe withUnsafeBytes(of: &bytes) {
        (
          unsafe $0.loadUnaligned(fromByteOffset: 0, as: UInt64.self),
          unsafe $0.loadUnaligned(fromByteOffset: 8, as: UInt64.self)
        )
      }
      self.init(
        family: .ipv6, high: UInt64(bigEndian: words.0), low: UInt64(bigEndian: words.1),
        port: UInt16(bigEndian: address.sin6_port))
    default: return nil
    }
  }
}

extension SocketAddress: CustomStringConvertible {
  /// The address without its port: `127.0.0.1`, `::1`.
  public var host: String {
    switch family {
    case .ipv4:
      return (0..<4).map { String((low >> (24 - 8 * UInt64($0))) & 0xFF) }.joined(separator: ".")
    case .ipv6:
      var bytes = in6_addr()
      // SAFETY: in6_addr is 16 plain bytes; inet_ntop writes at most `count` bytes of text.
      unsafe withUnsafeMutableBytes(of: &bytes) {
        unsafe $0.storeBytes(of: high.bigEndian, toByteOffset: 0, as: UInt64.self)
        unsafe $0.storeBytes(of: low.bigEndian, toByteOffset: 8, as: UInt64.self)
      }
      var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
      _ = unsafe inet_ntop(AF_INET6, &bytes, &text, socklen_t(text.count))
      return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
  }

  /// `127.0.0.1:80`, `[::1]:80`.
  public var description: String { family == .ipv4 ? "\(host):\(port)" : "[\(host)]:\(port)" }
}
