import HTTPModel

/// Decodes response heads from an upstream connection's input (RFC 9112). One for each connection.
/// Interim heads come out like others (`ResponseHead.isInterim`): call again for the final one.
public struct ResponseHeadDecoder: Sendable {
  private let limits: HTTP1Limits
  private var progress = SectionProgress()

  public init(limits: HTTP1Limits) { self.limits = limits }

  /// Decodes the head at the start of `input`, which must show the same bytes, and more, until the
  /// head is complete.
  /// - Parameters:
  ///   - method: of the request this answers; it decides whether there is a body.
  ///   - head: cleared and filled; empty after `needMoreBytes`, and after a fault in the syntax.
  public mutating func decode(
    _ input: Span<UInt8>, answering method: HTTPMethod, into head: ResponseHead
  ) throws(HTTP1Fault) -> HeadResult {
    guard progress.isWorthParsing(input, maxBytes: limits.maxHeadBytes) else {
      return .needMoreBytes
    }
    head.clear()
    let window = input.extracting(0..<min(input.count, limits.maxHeadBytes))
    defer { head.dropFieldsWithoutBytes() }
    var line = StatusLine()
    guard let consumed = try decode(window, &line, head) else {
      if window.count == limits.maxHeadBytes { throw .headTooLarge }
      progress.wasIncomplete(input)
      return .needMoreBytes
    }
    head.adopt(window.extracting(0..<consumed))
    try ResponseMeaning.decode(line, answering: method, into: head)
    progress.reset()
    return .head(consumed: consumed)
  }

  @inline(__always)
  private func decode(
    _ input: borrowing Span<UInt8>, _ line: inout StatusLine, _ head: MessageHead
  ) throws(HTTP1Fault) -> Int? {
    guard var position = try line.decode(input) else { return nil }
    let isComplete = try FieldSection.decode(
      input, at: &position, into: head, maxCount: limits.maxHeaderCount)
    return isComplete ? position : nil
  }
}

/// A response's first line (RFC 9112 section 4). The space behind the code may be missing when there
/// is no reason, as some servers leave it out; the reason is not kept.
struct StatusLine {
  var version = HTTPVersion.http11
  var status = 0

  /// - Returns: bytes up to and with its CRLF; nil when the line is incomplete.
  @inline(__always)
  mutating func decode(_ input: borrowing Span<UInt8>) throws(HTTP1Fault) -> Int? {
    guard input.count > 0 else { return nil }
    guard input[0] == 0x48 else { throw input[0] == ASCII.lineFeed ? .bareLF : .version }
    guard let version = try HTTPVersion.decode(input, at: 0) else { return nil }
    self.version = version
    guard input.count > 12 else { return nil }
    guard input[8] == ASCII.space else { throw .statusLine }
    for index in 9..<12 {
      guard ASCII.isDigit(input[index]) else { throw .statusLine }
      status = status &* 10 &+ Int(input[index] &- 0x30)
    }
    guard status >= 100, status < 600 else { throw .statusCode }
    let hasReason = input[12] == ASCII.space
    let end = hasReason ? ByteScan.endOfText(input, from: 13) : 12
    return try FieldSection.isLineEnd(input, at: end, else: .statusLine) ? end &+ 2 : nil
  }
}
