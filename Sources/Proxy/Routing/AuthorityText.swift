import HTTPModel

extension Span<UInt8> {
  /// Not empty, and of nothing but what a host and a port are made of, so that no client's text ends up as
  /// a `host` that servers read differently.
  var isAuthorityText: Bool {
    guard !isEmpty else { return false }
    for index in indices where !Self.isAuthorityByte(self[index]) { return false }
    return true
  }

  private static func isAuthorityByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."),
      UInt8(ascii: "_"), UInt8(ascii: "~"), UInt8(ascii: ":"), UInt8(ascii: "["),
      UInt8(ascii: "]"):
      true
    default: false
    }
  }
}
