extension RequestHead {
  /// Begins a request of our own.
  public func begin(
    _ method: HTTPMethod, _ name: String, target text: String, authority: String
  ) {
    clear()
    self.method = method
    bytes.append(name)
    methodText = ByteRange(offset: 0, count: bytes.count)
    bytes.append(ASCII.space)
    let offset = bytes.count
    bytes.append(text)
    target = ByteRange(offset: offset, count: bytes.count &- offset)
    path = target
    bytes.append(" HTTP/1.1\r\n")
    replaceAuthority(with: [UInt8](authority.utf8).span)
  }

  /// Asks another host: the `host` field and `authority` become these bytes.
  public func replaceAuthority(with text: borrowing Span<UInt8>) {
    remove(.host)
    let start = bytes.count
    bytes.append("host")
    let valueOffset = beginValue()
    bytes.append(copy text)
    authority = ByteRange(offset: valueOffset, count: text.count)
    endField(.host, from: start, valueOffset: valueOffset)
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
