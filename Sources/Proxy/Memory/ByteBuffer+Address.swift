import Platform

extension ByteBuffer {
  /// Appends an address without its port: dotted decimal, or RFC 5952's IPv6 form without brackets.
  /// Allocates nothing.
  public func append(host address: SocketAddress) {
    switch address.family {
    case .ipv4:
      for shift: UInt64 in [24, 16, 8] {
        append(decimal: (address.low &>> shift) & 0xFF)
        append(0x2E)
      }
      append(decimal: address.low & 0xFF)
    case .ipv6: append(ipv6: address)
    }
  }

  /// Appends `127.0.0.1:80` or `[::1]:80`.
  public func append(_ address: SocketAddress) {
    if address.family == .ipv6 { append(0x5B) }
    append(host: address)
    if address.family == .ipv6 { append(0x5D) }
    append(0x3A)
    append(decimal: UInt64(address.port))
  }

  private func append(ipv6 address: SocketAddress) {
    if address.high == 0, address.low &>> 32 == 0xFFFF {
      append("::ffff:")
      append(
        host: SocketAddress(
          family: .ipv4, high: 0, low: address.low & 0xFFFF_FFFF, port: address.port))
      return
    }
    let zeros = address.longestZeroRun
    var index = 0
    while index < 8 {
      if index == zeros.lowerBound, !zeros.isEmpty {
        append("::")
        index = zeros.upperBound
        continue
      }
      if index > 0, index != zeros.upperBound || zeros.isEmpty { append(0x3A) }
      append(hex: address.group(index))
      index &+= 1
    }
  }
}

extension SocketAddress {
  /// One of the eight 16-bit groups of an IPv6 address.
  fileprivate func group(_ index: Int) -> UInt64 {
    let word = index < 4 ? high : low
    return (word &>> UInt64(48 &- (index & 3) &* 16)) & 0xFFFF
  }

  /// The first longest run of zero groups, of two at least; empty when there is none.
  fileprivate var longestZeroRun: Range<Int> {
    var best = 0..<0
    var start = 0
    while start < 8 {
      var end = start
      while end < 8, group(end) == 0 { end &+= 1 }
      if end &- start > max(1, best.count) { best = start..<end }
      start = end &+ 1
    }
    return best
  }
}
