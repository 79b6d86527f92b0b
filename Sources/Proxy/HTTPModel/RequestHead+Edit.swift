extension RequestHead {
  /// Asks another host: the `host` field and `authority` become these bytes.
  public func replaceAuthority(with text: borrowing Span<UInt8>) {
    remove(.host)
    let nameOffset = bytes.count
    bytes.append("host")
    bytes.append(text)
    authority = ByteRange(offset: nameOffset &+ 4, count: text.count)
    append(
      HeaderField(
        nameOffset: nameOffset, nameCount: 4, valueOffset: nameOffset &+ 4,
        valueCount: text.count, known: .host))
  }

  /// Asks for the path that stands at the end of `bytes` from `offset` on; the query stays.
  public func replacePath(writtenFrom offset: Int) {
    let count = bytes.count &- offset
    let whole = text(target)
    let behindPath = Int(path.count)
    bytes.append(whole.extracting(behindPath..<whole.count))
    path = ByteRange(offset: offset, count: count)
    target = ByteRange(offset: offset, count: bytes.count &- offset)
    if !query.isEmpty {
      query = ByteRange(offset: offset &+ count &+ 1, count: Int(query.count))
    }
  }
}
