import Memory

// Percent-encoding: `%XX` for a byte (RFC 3986 section 2.1).

extension ByteBuffer {
  /// Appends the escape of a byte.
  @inlinable
  public func append(percentEncoded byte: UInt8) {
    append(UInt8(ascii: "%"))
    append(ASCII.hexDigit(byte &>> 4))
    append(ASCII.hexDigit(byte & 15))
  }
}

extension Span where Element == UInt8 {
  /// The byte that the escape at `index` stands for; nil when there is none.
  @inlinable
  public func percentDecoded(at index: Int) -> UInt8? {
    guard index &+ 2 < count, self[index] == UInt8(ascii: "%"),
      let high = ASCII.hexValue(self[index &+ 1]), let low = ASCII.hexValue(self[index &+ 2])
    else { return nil }
    return high &<< 4 | low
  }
}

extension String {
  /// - Parameter isPlain: bytes that stand for themselves.
  public init(percentEncoding bytes: some Collection<UInt8>, unless isPlain: (UInt8) -> Bool) {
    let text = ByteBuffer(capacity: bytes.count)
    for byte in bytes {
      if isPlain(byte) { text.append(byte) } else { text.append(percentEncoded: byte) }
    }
    self.init(decoding: [UInt8](text), as: UTF8.self)
  }

  /// What is no escape stays as it is; bytes that are not UTF-8 are replaced.
  public init(percentDecoding text: some Collection<UInt8>) {
    let text = Array(text)
    var bytes: [UInt8] = []
    var index = 0
    while index < text.count {
      let byte = text.span.percentDecoded(at: index)
      bytes.append(byte ?? text[index])
      index += byte == nil ? 1 : 3
    }
    self.init(decoding: bytes, as: UTF8.self)
  }
}
