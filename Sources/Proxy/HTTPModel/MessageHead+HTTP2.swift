/// What heads need to be sent over HTTP/2.
extension MessageHead {
  /// Names in lower case (RFC 9113 section 8.2).
  public final func lowercaseNames() {
    // Those that came over HTTP/2 are.
    guard version < .http2 else { return }
    for index in 0..<fieldCount {
      let name = field(at: index).name
      var offset = ByteScan.firstCapital(in: wholeText, name.indices)
      while offset < name.indices.upperBound {
        bytes.replace(at: offset, with: ASCII.lowercased(wholeText[offset]))
        offset = ByteScan.firstCapital(in: wholeText, offset..<name.indices.upperBound)
      }
    }
  }
}

extension ResponseHead {
  /// Writes the digits of the status behind everything else, for `:status`.
  public func writeStatus() -> ByteRange {
    let offset = bytes.count
    bytes.append(decimal: UInt64(status))
    return ByteRange(offset: offset, count: bytes.count &- offset)
  }
}

extension Trailers {
  /// The same fields in memory of their own.
  public func copy() -> Trailers {
    let copy = Trailers()
    copy.adopt(wholeText)
    for index in 0..<fieldCount { copy.append(field(at: index)) }
    return copy
  }
}
