import HTTPModel

/// What names a host, as strictly as it is taken from clients.
public enum HostText {
  /// Of a name in the DNS (RFC 1035 section 2.3.4).
  private static let maxBytes = 255

  /// `host`, `host:port`, `[IPv6]` or `[IPv6]:port`.
  public static func isAuthority(_ text: String) -> Bool {
    Authority.isValid(Array(text.utf8).span) && hostCount(of: text) <= maxBytes
  }

  /// An authority names a port.
  public static func hasPort(_ authority: String) -> Bool {
    hostCount(of: authority) < authority.utf8.count
  }

  /// A name, an IPv4 address, or an IPv6 address in brackets.
  public static func isHost(_ text: Substring) -> Bool {
    let text = String(text)
    return isAuthority(text) && !hasPort(text)
  }

  /// An authority, or a part of one beside a star: `*SUFFIX`, `PREFIX*`, `*`.
  public static func isDomain(_ text: String) -> Bool {
    let star = UInt8(ascii: "*")
    guard text.utf8.first == star || text.utf8.last == star else { return isAuthority(text) }
    let part = text.utf8.first == star ? text.utf8.dropFirst() : text.utf8.dropLast()
    let name = part.filter { !":[]".utf8.contains($0) }
    return part.count <= maxBytes && ByteScan.endOfHost(name.span, from: 0) == name.count
  }

  /// The bytes in front of an authority's port.
  private static func hostCount(of authority: String) -> Int {
    let bytes = Array(authority.utf8)
    let end = bytes.lastIndex(of: UInt8(ascii: "]")) ?? 0
    return bytes[end...].firstIndex(of: UInt8(ascii: ":")) ?? bytes.count
  }
}
