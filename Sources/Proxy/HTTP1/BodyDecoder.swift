import HTTPModel

/// What a body decoder makes of the bytes it was shown. Counts are from the front of the input; the
/// caller drops what was consumed, or skipped and handed over, before it calls again.
public enum BodyEvent: Equatable, Sendable {
  /// Nothing to hand over; show what is behind the consumed bytes again, with more.
  case needMoreBytes(consumed: Int)
  /// `input[skipped ..< skipped + count]` are bytes of the body.
  case data(skipped: Int, count: Int)
  /// The message is over; what follows belongs to the next one.
  case end(consumed: Int)
}

/// Decodes one message's body (RFC 9112 sections 6 and 7). A value, no I/O; it holds no bytes.
public struct BodyDecoder: Sendable {
  private enum State {
    case length(UInt64)
    case untilClose
    case chunkLine(ChunkLine)
    case chunkData(UInt64)
    /// Behind a chunk's data: CRLF.
    case chunkEnd
    case trailers(SectionProgress)
    case ended
  }

  private var state: State
  private let limits: HTTP1Limits
  private var extensionBytes = 0

  public init(framing: BodyFraming, limits: HTTP1Limits) {
    self.limits = limits
    state =
      switch framing {
      case .none, .length(0): .ended
      case .length(let count): .length(count)
      case .chunked: .chunkLine(ChunkLine())
      case .untilClose: .untilClose
      }
  }

  /// The whole body was handed over.
  public var isEnded: Bool {
    if case .ended = state { true } else { false }
  }

  /// A chunk's line, its end or the trailers are under way: what no sender has a reason to pause in.
  public var isAmidFraming: Bool {
    switch state {
    case .chunkLine(let line): line.hasBegun
    case .chunkEnd, .trailers: true
    case .length, .untilClose, .chunkData, .ended: false
    }
  }

  /// The next stretch of the body in `input`.
  /// - Parameters:
  ///   - limit: the most bytes one event hands over; the rest stays in the input.
  ///   - trailers: cleared and filled when a chunked body ends.
  public mutating func decode(
    _ input: Span<UInt8>, atMost limit: Int = .max, into trailers: Trailers
  ) throws(HTTP1Fault) -> BodyEvent {
    var position = 0
    while true {
      switch state {
      case .ended:
        return .end(consumed: position)
      case .untilClose:
        return input.isEmpty
          ? .needMoreBytes(consumed: 0) : .data(skipped: 0, count: min(limit, input.count))
      case .length(let remaining), .chunkData(let remaining):
        return take(remaining, of: min(limit, input.count &- position), behind: position)
      case .chunkLine(var line):
        let isComplete = try line.decode(input, at: &position)
        state = isComplete ? try behind(line) : .chunkLine(line)
        if !isComplete { return .needMoreBytes(consumed: position) }
      case .chunkEnd:
        guard try Self.isChunkEnd(input, at: position) else {
          return .needMoreBytes(consumed: position)
        }
        position &+= 2
        state = .chunkLine(ChunkLine())
      case .trailers(var progress):
        let section = input.extracting(position..<input.count)
        guard let count = try decodeTrailers(section, &progress, into: trailers) else {
          state = .trailers(progress)
          return .needMoreBytes(consumed: position)
        }
        position &+= count
        state = .ended
      }
    }
  }

  /// The connection's end was read.
  public mutating func finish() throws(HTTP1Fault) {
    switch state {
    case .ended, .untilClose: state = .ended
    default: throw .cutShort
    }
  }

  /// Hands over as many of the `remaining` bytes as there are.
  private mutating func take(
    _ remaining: UInt64, of available: Int, behind position: Int
  ) -> BodyEvent {
    guard available > 0 else { return .needMoreBytes(consumed: position) }
    let count = Int(min(UInt64(available), remaining))
    let rest = remaining &- UInt64(count)
    if case .length = state {
      state = rest == 0 ? .ended : .length(rest)
    } else {
      state = rest == 0 ? .chunkEnd : .chunkData(rest)
    }
    return .data(skipped: position, count: count)
  }

  private mutating func behind(_ line: ChunkLine) throws(HTTP1Fault) -> State {
    extensionBytes &+= line.extensionBytes
    guard extensionBytes <= HTTP1Limits.maxExtensionBytesInBody else {
      throw .chunkExtensionTooLong
    }
    return line.size == 0 ? .trailers(SectionProgress()) : .chunkData(line.size)
  }

  private static func isChunkEnd(
    _ input: borrowing Span<UInt8>, at position: Int
  ) throws(HTTP1Fault) -> Bool {
    try FieldSection.isLineEnd(input, at: position, else: .chunkEnd)
  }

  /// Trailers have the grammar and the limits of a head's fields.
  /// - Returns: their bytes with the empty line; nil when they are incomplete.
  private func decodeTrailers(
    _ input: borrowing Span<UInt8>, _ progress: inout SectionProgress, into trailers: Trailers
  ) throws(HTTP1Fault) -> Int? {
    guard progress.isWorthParsing(input, maxBytes: limits.maxHeadBytes) else { return nil }
    trailers.clear()
    let window = input.extracting(0..<min(input.count, limits.maxHeadBytes))
    var position = 0
    defer { trailers.dropFieldsWithoutBytes() }
    let isComplete = try FieldSection.decode(
      window, at: &position, into: trailers, maxCount: limits.maxHeaderCount)
    guard isComplete else {
      if window.count == limits.maxHeadBytes { throw .trailersTooLarge }
      progress.wasIncomplete(input)
      return nil
    }
    if trailers.fieldCount > 0 { trailers.adopt(window.extracting(0..<position)) }
    trailers.removeForbidden()
    return position
  }
}
