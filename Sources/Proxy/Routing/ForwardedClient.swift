import HTTPModel
import Memory
import Platform

extension RequestHead {
  /// The address that stands in `x-forwarded-for`, counted from the last one: 0 is what the hop
  /// before this proxy says of its client. nil when there is none, or it is no address.
  public func forwardedClient(skipping hops: Int) -> SocketAddress? {
    guard let first = firstIndex(of: .xForwardedFor) else { return nil }
    var rest = hops
    var index = fieldCount
    while index > first {
      index &-= 1
      let field = field(at: index)
      guard field.known == .xForwardedFor, field.isForwarded else { continue }
      let list = value(at: index)
      var end = list.count
      while let element = list.lastElement(before: &end) {
        if rest == 0 { return list.extracting(element).address }
        rest &-= 1
      }
    }
    return nil
  }

  /// Appends the client's address to `x-forwarded-for`: as one field, or as one more where a single
  /// one would be too long.
  public func addForwardedFor(_ client: SocketAddress) {
    let fitsOneField = joinedCount(of: .xForwardedFor) &+ 64 <= Int(UInt16.max)
    addField(.xForwardedFor, name: KnownHeader.xForwardedFor.name) {
      if fitsOneField { moveValues(of: .xForwardedFor, separator: ", ") }
      bytes.append(host: client)
    }
  }

  /// Asks for the same host without its port.
  public func dropPort() {
    let whole = text(authority)
    let bare = whole.countWithoutPort
    if bare < whole.count { replaceAuthority(with: whole.extracting(0..<bare)) }
  }
}

extension Span where Element == UInt8 {
  /// Steps through a comma-separated list from its end; `end` starts at the count, -1 is the end.
  fileprivate func lastElement(before end: inout Int) -> Range<Int>? {
    while end >= 0 {
      var start = end
      while start > 0, self[start &- 1] != 0x2C { start &-= 1 }
      let element = extracting(start..<end).trimmedIndices
      end = start &- 1
      if !element.isEmpty { return start &+ element.lowerBound..<start &+ element.upperBound }
    }
    return nil
  }

  /// An IPv4 or IPv6 address, with or without a port; the port is 0 in what is returned.
  fileprivate var address: SocketAddress? {
    let host = extracting(0..<countWithoutPort)
    if let address = host.ipv4 { return address }
    if let address = extracting(indices).ipv6 { return address }
    guard host.count > 2, host[0] == 0x5B else { return nil }
    return host.extracting(1..<(host.count &- 1)).ipv6
  }

  private var ipv4: SocketAddress? {
    var word: UInt64 = 0
    var parts = 0
    var start = 0
    for end in 0...count where end == count || self[end] == 0x2E {
      guard parts < 4, end > start, end &- start <= 3,
        let part = extracting(start..<end).decimalValue, part <= 255
      else { return nil }
      word = word &<< 8 | part
      parts &+= 1
      start = end &+ 1
    }
    return parts == 4 ? SocketAddress(family: .ipv4, high: 0, low: word, port: 0) : nil
  }

  private var ipv6: SocketAddress? {
    guard count <= 45, firstIndex(of: 0x3A) != nil else { return nil }
    return SocketAddress(String(decoding: indices.map { self[$0] }, as: UTF8.self), port: 0)
  }
}
