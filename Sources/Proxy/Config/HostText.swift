import Platform

/// What names a host, as strictly as it is taken from clients: what servers make of the rest differs.
/// Source: RFC 9110 section 7.2, RFC 3986 section 3.2.
public enum HostText {
  /// Of a name in the DNS (RFC 1035 section 2.3.4).
  private static let maxBytes = 255

  /// `host`, `host:port`, `[IPv6]` or `[IPv6]:port`.
  public static func isAuthority(_ text: String) -> Bool {
    let (host, port) = split(text)
    return isHost(host) && (port.map { isPort($0) } ?? true)
  }

  /// An authority names a port.
  public static func hasPort(_ authority: String) -> Bool { split(authority).port != nil }

  /// A name, an IPv4 address, or an IPv6 address in brackets.
  public static func isHost(_ text: Substring) -> Bool {
    guard !text.isEmpty, text.utf8.count <= maxBytes else { return false }
    guard text.utf8.first == bracket else { return text.utf8.allSatisfy { isNameByte($0) } }
    guard text.utf8.last == closingBracket else { return false }
    return SocketAddress(String(text.dropFirst().dropLast()), port: 0)?.family == .ipv6
  }

  /// An authority, or a part of one beside a star: `*SUFFIX`, `PREFIX*`, `*`.
  public static func isDomain(_ text: String) -> Bool {
    let star = UInt8(ascii: "*")
    guard text.utf8.first == star || text.utf8.last == star else { return isAuthority(text) }
    let part = text.utf8.first == star ? text.utf8.dropFirst() : text.utf8.dropLast()
    return part.count <= maxBytes
      && part.allSatisfy { isNameByte($0) || $0 == colon || $0 == bracket || $0 == closingBracket }
  }

  private static let colon = UInt8(ascii: ":")
  private static let bracket = UInt8(ascii: "[")
  private static let closingBracket = UInt8(ascii: "]")

  /// The host and what stands behind the colon after it.
  private static func split(_ text: String) -> (host: Substring, port: Substring?) {
    let bytes = text.utf8
    let isBracketed = bytes.first == bracket
    let end = bytes.firstIndex(of: isBracketed ? closingBracket : colon) ?? bytes.endIndex
    let hostEnd = isBracketed && end < bytes.endIndex ? bytes.index(after: end) : end
    guard hostEnd < bytes.endIndex else { return (text[...], nil) }
    guard bytes[hostEnd] == colon else { return (text[...], nil) }
    return (text[..<hostEnd], text[bytes.index(after: hostEnd)...])
  }

  private static func isPort(_ text: Substring) -> Bool {
    text.utf8.count <= 5 && text.utf8.allSatisfy { (0x30...0x39).contains($0) }
      && UInt16(text) != nil
  }

  private static func isNameByte(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
    default: "-._~".utf8.contains(byte)
    }
  }
}
