import HTTPModel

/// What a request's well-formed lines mean: authority, target, body, connection (RFC 9112 sections 3,
/// 6 and 9).
enum RequestMeaning {
  @inline(__always)
  static func decode(
    _ input: borrowing Span<UInt8>, _ line: RequestLine, into head: RequestHead
  ) throws(HTTP1Fault) {
    head.method = HTTPMethod.classify(input, at: 0, count: line.method.count)
    note(line, in: head)
    head.authority = try host(head, version: line.version)
    try target(input, line.target, head)
    head.framing = try MessageFraming.decode(head, version: line.version) ?? .none
    let options = try ConnectionOptions.decode(head)
    head.keepsAlive = options.persists(line.version)
    if options.upgrades { head.upgrade = options.upgrade(of: head) }
    if head.firstIndex(of: .expect) != nil { try expectation(head) }
    if head.firstIndex(of: .te) != nil { head.acceptsTrailers = acceptsTrailers(head) }
  }

  /// What the access log shows, whatever is wrong with the rest.
  @inline(__always)
  static func note(_ line: RequestLine, in head: RequestHead) {
    head.version = line.version
    head.methodText = ByteRange(offset: 0, count: line.method.count)
    head.target = ByteRange(offset: line.target.lowerBound, count: line.target.count)
  }

  /// HTTP/1.1 has exactly one host field, HTTP/1.0 at most one (RFC 9112 section 3.2).
  @inline(__always)
  private static func host(
    _ head: RequestHead, version: HTTPVersion
  ) throws(HTTP1Fault) -> ByteRange {
    guard let index = head.firstIndex(of: .host) else {
      if version == .http11 { throw .missingHost }
      return .empty
    }
    guard !head.isRepeated(.host) else { throw .repeatedHost }
    let range = head.field(at: index).value
    guard Authority.isValid(head.text(range)) else { throw .host }
    return range
  }

  @inline(__always)
  private static func target(
    _ input: borrowing Span<UInt8>, _ range: Range<Int>, _ head: RequestHead
  ) throws(HTTP1Fault) {
    if head.method == .connect {
      guard Authority.isValid(input.extracting(range), portRequired: true) else {
        throw .targetForm
      }
      head.target = ByteRange(offset: range.lowerBound, count: range.count)
      setAuthority(head.target, head)
    } else if input[range.lowerBound] == 0x2F {
      setTarget(input, range, head)
    } else if input[range.lowerBound] == 0x2A, range.count == 1 {
      guard head.method == .options else { throw .targetForm }
      setTarget(input, range, head)
    } else {
      try absoluteTarget(input, range, head)
    }
  }

  @inline(__always)
  private static func setTarget(
    _ input: borrowing Span<UInt8>, _ range: Range<Int>, _ head: RequestHead
  ) {
    let mark = ByteScan.firstIndex(of: 0x3F, in: input, range)
    head.target = ByteRange(offset: range.lowerBound, count: range.count)
    head.path = ByteRange(offset: range.lowerBound, count: mark &- range.lowerBound)
    if mark < range.upperBound {
      head.query = ByteRange(offset: mark &+ 1, count: range.upperBound &- mark &- 1)
    }
  }

  /// The target's authority wins over the host field and takes its place (RFC 9112 section 3.2.2).
  private static func setAuthority(_ authority: ByteRange, _ head: RequestHead) {
    head.authority = authority
    if let index = head.firstIndex(of: .host) { head.setValue(index, authority) }
  }

  /// `http://authority/path?query` becomes authority and origin form.
  private static func absoluteTarget(
    _ input: borrowing Span<UInt8>, _ range: Range<Int>, _ head: RequestHead
  ) throws(HTTP1Fault) {
    let text = input.extracting(range)
    let start = schemeCount(text)
    guard start > 0 else { throw .targetForm }
    var end = start
    while end < text.count, text[end] != 0x2F, text[end] != 0x3F { end &+= 1 }
    guard Authority.isValid(text.extracting(start..<end)) else { throw .targetAuthority }
    setAuthority(
      ByteRange(offset: range.lowerBound &+ start, count: end &- start), head)
    if end < text.count, text[end] == 0x2F {
      setTarget(input, range.lowerBound &+ end..<range.upperBound, head)
    } else {
      appendTarget(text.extracting(end..<text.count), head)
    }
  }

  private static func schemeCount(_ text: borrowing Span<UInt8>) -> Int {
    if text.count > 7, text.extracting(0..<7).equalsIgnoringCase("http://") { return 7 }
    return text.count > 8 && text.extracting(0..<8).equalsIgnoringCase("https://") ? 8 : 0
  }

  /// An absolute form without a path: `/`, or `*` when it is for the server as a whole (RFC 9112
  /// section 3.2.4). Its bytes go behind the head's.
  private static func appendTarget(_ query: borrowing Span<UInt8>, _ head: RequestHead) {
    let start = head.bytes.count
    head.bytes.append(head.method == .options && query.isEmpty ? "*" : "/")
    head.path = ByteRange(offset: start, count: 1)
    if !query.isEmpty {
      head.bytes.append(copy query)
      head.query = ByteRange(offset: start &+ 2, count: query.count &- 1)
    }
    head.target = ByteRange(offset: start, count: 1 &+ query.count)
  }

  /// `100-continue` alone is known; it is the recipient's to meet. An HTTP/1.0 client cannot be told to
  /// continue: its expectation is ignored, and not passed on in our HTTP/1.1 (RFC 9110 section 10.1.1).
  private static func expectation(_ head: RequestHead) throws(HTTP1Fault) {
    guard let index = head.firstIndex(of: .expect) else { return }
    let value = head.value(at: index)
    guard !head.isRepeated(.expect), value.equalsIgnoringCase("100-continue") else {
      throw .expectation
    }
    if head.version < .http11 { head.mark(index, .removed) }
  }

  private static func acceptsTrailers(_ head: RequestHead) -> Bool {
    for index in 0..<head.fieldCount where head.field(at: index).known == .te {
      let value = head.value(at: index)
      var position = 0
      while let range = value.nextListElement(from: &position) {
        if value.extracting(range).equalsIgnoringCase("trailers") { return true }
      }
    }
    return false
  }
}
