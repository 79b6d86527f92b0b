import HTTPModel

/// What a head's fields say of the body's length (RFC 9112 section 6). Two answers are none: a
/// repeated content-length is refused even when both are equal, as is one beside a transfer-encoding.
enum MessageFraming {
  /// - Returns: nil when neither field stands in the head.
  @inline(__always)
  static func decode(
    _ head: MessageHead, version: HTTPVersion
  ) throws(HTTP1Fault) -> BodyFraming? {
    let length = head.firstIndex(of: .contentLength)
    if head.firstIndex(of: .transferEncoding) != nil {
      guard length == nil else { throw .lengthWithCoding }
      guard version == .http11 else { throw .codingOnHTTP10 }
      try checkCodings(head)
      return .chunked
    }
    guard let length else { return nil }
    guard !head.isRepeated(.contentLength) else { throw .repeatedContentLength }
    return .length(try contentLength(head.value(at: length)))
  }

  /// One or more digits; a sign, a list or a blank within is a fault.
  private static func contentLength(
    _ text: borrowing Span<UInt8>
  ) throws(HTTP1Fault) -> UInt64 {
    guard text.count > 0 else { throw .contentLength }
    for index in 0..<text.count where !ASCII.isDigit(text[index]) { throw .contentLength }
    guard let value = text.decimalValue, value <= UInt64(Int64.max) else {
      throw .contentLengthTooLarge
    }
    return value
  }

  /// The codings of every transfer-encoding field are `chunked`, once.
  private static func checkCodings(_ head: MessageHead) throws(HTTP1Fault) {
    guard !head.isRepeated(.transferEncoding) else { throw .transferCoding }
    guard let index = head.firstIndex(of: .transferEncoding) else { return }
    let value = head.value(at: index)
    var position = 0
    var codings = 0
    var chunked = 0
    var isLastChunked = false
    while position <= value.count {
      let end = ByteScan.firstIndex(of: 0x2C, in: value, position..<value.count)
      let element = value.extracting(position..<end)
      let coding = element.extracting(element.trimmedIndices)
      guard coding.count > 0, ByteScan.endOfToken(coding, from: 0) == coding.count else {
        throw .transferCoding
      }
      codings &+= 1
      isLastChunked = coding.equalsIgnoringCase("chunked")
      if isLastChunked { chunked &+= 1 }
      position = end &+ 1
    }
    if chunked > 1 { throw .repeatedChunked }
    if chunked == 1, !isLastChunked { throw .chunkedNotLast }
    if codings != chunked { throw .unknownCoding }
  }
}
