import HTTPModel
import Memory

/// What is common to the field sections of requests, responses and trailers (RFC 9113 section 8.2). Each
/// field that is taken becomes a line `name: value` in the head's bytes, the form that heads of
/// HTTP/1.1 have. A value, no I/O.
struct FieldSectionDecoder {
  private let maxBytes: Int
  private let maxCount: Int
  /// The first that is wrong with the section; the rest is only decompressed.
  private(set) var fault: HTTP2Fault?
  private var contentLength: UInt64?
  /// `te: trailers` was among the fields.
  private(set) var acceptsTrailers = false
  /// Bytes of all fields so far, as HTTP/1.1 would have them.
  private var byteCount = 0

  init(_ settings: HTTP2Settings) {
    maxBytes = settings.maxHeadBytes
    maxCount = settings.maxHeaderCount
  }

  mutating func fail(_ new: HTTP2Fault) { if fault == nil { fault = new } }

  /// Counts a field against the limits of the section.
  /// - Returns: false when nothing more is to be kept.
  mutating func admits(
    _ name: borrowing Span<UInt8>, _ value: borrowing Span<UInt8>, _ head: MessageHead
  ) -> Bool {
    byteCount &+= name.count &+ value.count &+ 4
    if byteCount > maxBytes { fail(.headTooLarge) }
    if head.fieldCount >= maxCount { fail(.tooManyFields) }
    return fault == nil
  }

  /// Takes a field that is no pseudo field.
  mutating func append(
    _ name: borrowing Span<UInt8>, _ value: borrowing Span<UInt8>, to head: MessageHead
  ) throws(HTTP2Fault) {
    let known = KnownHeader.classify(lowercase: name)
    if known == .other { try Self.check(name) }
    try Self.check(value: value)
    switch known {
    case .connection, .keepAlive, .proxyConnection, .transferEncoding, .upgrade:
      throw .connectionField
    case .te:
      // RFC 9113 section 8.2.2.
      guard value.equalsIgnoringCase("trailers") else { throw .te }
      acceptsTrailers = true
    case .contentLength: try takeLength(value)
    case .expect:
      guard value.equalsIgnoringCase("100-continue") else { throw .expectation }
    default: break
    }
    Self.write(name, value, known, to: head)
  }

  /// The body's framing: what `content-length` says, or `unknown`.
  func framing(else unknown: BodyFraming) -> BodyFraming {
    contentLength.map { .length($0) } ?? unknown
  }

  private static func check(_ name: borrowing Span<UInt8>) throws(HTTP2Fault) {
    guard name.count > 0, name.count <= Int(UInt16.max) else { throw .fieldName }
    if ByteScan.isPlainLowercase(name) { return }
    guard ByteScan.endOfToken(name, from: 0) == name.count else { throw .fieldName }
    guard ByteScan.firstCapital(in: name, name.indices) == name.count else { throw .uppercaseName }
  }

  @inline(__always)
  private static func check(value: borrowing Span<UInt8>) throws(HTTP2Fault) {
    guard value.count > 0 else { return }
    guard value.count <= Int(UInt16.max) else { throw .headTooLarge }
    guard ByteScan.isText(value), !ASCII.isBlank(value[0]),
      !ASCII.isBlank(value[value.count &- 1])
    else { throw .fieldValue }
  }

  /// One, of one or more digits; a list of equal ones is refused as well.
  private mutating func takeLength(_ value: borrowing Span<UInt8>) throws(HTTP2Fault) {
    guard contentLength == nil else { throw .repeatedContentLength }
    for index in value.indices where !ASCII.isDigit(value[index]) { throw .contentLength }
    guard value.count > 0 else { throw .contentLength }
    guard let length = value.decimalValue, length <= UInt64(Int64.max) else {
      throw .contentLengthTooLarge
    }
    contentLength = length
  }

  private static func write(
    _ name: borrowing Span<UInt8>, _ value: borrowing Span<UInt8>, _ known: KnownHeader,
    to head: MessageHead
  ) {
    head.add(known, name: copy name, value: copy value)
    switch known {
    case .contentLength: head.mark(head.fieldCount &- 1, .framing)
    case .te: head.mark(head.fieldCount &- 1, .hopByHop)
    default: break
    }
  }
}
