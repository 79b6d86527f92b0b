import Memory
import Platform

extension ByteBuffer {
  /// Appends the address without its port: `127.0.0.1`, `2001:db8::1` (RFC 5952).
  func append(host address: SocketAddress) {
    switch address.family {
    case .ipv4: append(ipv4: address.low)
    case .ipv6: append(ipv6High: address.high, low: address.low)
    }
  }

  /// Appends `127.0.0.1:80` or `[::1]:80`.
  func append(_ address: SocketAddress) {
    if address.family == .ipv6 { append(UInt8(ascii: "[")) }
    append(host: address)
    if address.family == .ipv6 { append(UInt8(ascii: "]")) }
    append(UInt8(ascii: ":"))
    append(decimal: UInt64(address.port))
  }

  private func append(ipv4 bits: UInt64) {
    append(decimal: bits &>> 24 & 0xFF)
    append(UInt8(ascii: "."))
    append(decimal: bits &>> 16 & 0xFF)
    append(UInt8(ascii: "."))
    append(decimal: bits &>> 8 & 0xFF)
    append(UInt8(ascii: "."))
    append(decimal: bits & 0xFF)
  }

  private func append(ipv6High high: UInt64, low: UInt64) {
    if high == 0, low &>> 32 == 0xFFFF {
      append("::ffff:" as StaticString)
      append(ipv4: low)
      return
    }
    let groups = InlineArray<8, UInt64> { index in
      (index < 4 ? high : low) &>> UInt64((3 &- index & 3) &* 16) & 0xFFFF
    }
    let zeros = longestZeroRun(groups)
    var index = 0
    while index < 8 {
      if index == zeros.lowerBound, !zeros.isEmpty {
        append("::" as StaticString)
        index = zeros.upperBound
      } else {
        if index > 0, index != zeros.upperBound || zeros.isEmpty { append(UInt8(ascii: ":")) }
        append(hex: groups[index])
        index &+= 1
      }
    }
  }

  /// The first of the longest runs of two and more zero groups; empty when there is none.
  private func longestZeroRun(_ groups: InlineArray<8, UInt64>) -> Range<Int> {
    var longest = 0..<0
    var start = 0
    for index in 0...8 where index == 8 || groups[index] != 0 {
      if index &- start > max(1, longest.count) { longest = start..<index }
      start = index &+ 1
    }
    return longest
  }
}
