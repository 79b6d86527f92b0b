import HTTPModel

/// What a head decoder says of the bytes it was shown.
public enum HeadResult: Equatable, Sendable {
  /// The head is not complete: show the same bytes again, with more behind them.
  case needMoreBytes
  /// The head is decoded and copied; it took so many bytes from the front.
  case head(consumed: Int)
}

/// Decodes request heads from a connection's input (RFC 9112). One for each connection: between two
/// calls for the same head it remembers how far it has looked. A value, no I/O.
public struct RequestHeadDecoder: Sendable {
  private let limits: HTTP1Limits
  private var progress = SectionProgress()

  public init(limits: HTTP1Limits) { self.limits = limits }

  /// Decodes the head at the start of `input`, which must show the same bytes, and more, until the
  /// head is complete. One empty line before the request is skipped (RFC 9112 section 2.2).
  /// - Parameter head: cleared and filled; empty after `needMoreBytes`. After a fault in the fields it has
  ///   the request line, for the access log.
  public mutating func decode(
    _ input: Span<UInt8>, into head: RequestHead
  ) throws(HTTP1Fault) -> HeadResult {
    guard progress.isWorthParsing(input, maxBytes: limits.maxHeadBytes) else {
      return .needMoreBytes
    }
    head.clear()
    let skipped = try Self.emptyLine(input)
    let window = input.extracting(skipped..<min(input.count, skipped &+ limits.maxHeadBytes))
    defer { head.dropFieldsWithoutBytes() }
    var line = RequestLine()
    guard let consumed = try decode(window, &line, head) else {
      progress.wasIncomplete(input)
      return .needMoreBytes
    }
    head.adopt(window.extracting(0..<consumed))
    try RequestMeaning.decode(window, line, into: head)
    progress.reset()
    return .head(consumed: skipped &+ consumed)
  }

  @inline(__always)
  private func decode(
    _ input: borrowing Span<UInt8>, _ line: inout RequestLine, _ head: RequestHead
  ) throws(HTTP1Fault) -> Int? {
    guard var position = try line.decode(input) else {
      if input.count == limits.maxHeadBytes { throw .targetTooLong }
      return nil
    }
    let lineEnd = position
    do throws(HTTP1Fault) {
      let isComplete = try FieldSection.decode(
        input, at: &position, into: head, maxCount: limits.maxHeaderCount)
      if isComplete { return position }
      if input.count == limits.maxHeadBytes { throw .headTooLarge }
      return nil
    } catch {
      head.dropFieldsWithoutBytes()
      head.adopt(input.extracting(0..<lineEnd))
      RequestMeaning.note(line, in: head)
      throw error
    }
  }

  /// Bytes of the empty line before the request, if any.
  @inline(__always)
  private static func emptyLine(_ input: borrowing Span<UInt8>) throws(HTTP1Fault) -> Int {
    guard input.count > 0, input[0] <= ASCII.carriageReturn else { return 0 }
    guard input[0] == ASCII.carriageReturn else {
      throw input[0] == ASCII.lineFeed ? .bareLF : .method
    }
    guard input.count > 1 else { return 1 }
    guard input[1] == ASCII.lineFeed else { throw .bareCR }
    if input.count > 2, input[2] == ASCII.carriageReturn { throw .emptyLines }
    return 2
  }
}
