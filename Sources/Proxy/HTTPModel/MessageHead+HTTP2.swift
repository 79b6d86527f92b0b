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
