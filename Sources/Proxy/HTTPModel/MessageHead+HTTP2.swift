/// What heads need to be sent over HTTP/2.
extension MessageHead {
  /// Names in lower case (RFC 9113 section 8.2).
  public final func lowercaseNames() {
    for index in 0..<fieldCount {
      for offset in field(at: index).name.indices {
        let byte = wholeText[offset]
        let lower = ASCII.lowercased(byte)
        if lower != byte { bytes.replace(at: offset, with: lower) }
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
