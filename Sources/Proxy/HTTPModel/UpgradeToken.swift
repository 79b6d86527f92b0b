extension Span where Element == UInt8 {
  /// The name of one protocol, with its version or without (RFC 9110 section 7.8).
  public var isUpgradeToken: Bool {
    let nameEnd = ByteScan.endOfToken(self, from: 0)
    guard nameEnd > 0, nameEnd < count else { return nameEnd > 0 }
    return self[nameEnd] == UInt8(ascii: "/") && nameEnd &+ 1 < count
      && ByteScan.endOfToken(self, from: nameEnd &+ 1) == count
  }
}
