extension ResponseHead {
  /// Writes the digits of the status behind everything else, for `:status`.
  public func writeStatus() -> ByteRange {
    let offset = bytes.count
    bytes.append(decimal: UInt64(status))
    return ByteRange(offset: offset, count: bytes.count &- offset)
  }
}

extension Trailers {
  /// Takes over the same fields in place of its own.
  public func copy(_ other: Trailers) {
    clear()
    adopt(other.wholeText)
    for index in 0..<other.fieldCount { append(other.field(at: index)) }
  }
}
