import Platform

/// Judges a peer's frames by their headers, before they are looked into: what is sent on streams that are
/// over (RFC 9113 section 5.1), and floods (section 10.5). A value.
struct FrameRules {
  enum Verdict: Equatable { case pass, error(HTTP2ErrorCode), flood(HTTP2Flood) }

  /// CONTINUATION frames of one block; a block of the largest size needs fewer.
  private static let maxContinuations = 32
  /// Bytes of one SETTINGS frame: 32 values.
  private static let maxSettingsBytes = 192
  /// A stream that was open as long is not reset in haste: of those, few can be open at once.
  private static let hasteMilliseconds: UInt64 = 20

  /// The highest stream that a client has opened.
  private var highest: UInt32 = 0
  private var ended = EndedStreams()
  private var continuations = 0
  private var budget: FrameBudget

  init(now: MonotonicInstant) { budget = FrameBudget(now: now) }

  // MARK: streams

  mutating func opened(_ stream: Int32) { highest = max(highest, UInt32(stream)) }

  /// - Parameter byUs: the peer may not have known when it sent what still comes.
  mutating func closed(_ stream: Int32, byUs: Bool) { ended.append(UInt32(stream), byUs: byUs) }

  // MARK: frames

  /// - Parameter opened: when the stream was; nil: it is idle or closed.
  mutating func judge(
    _ frame: FrameHeader, now: MonotonicInstant, opened: (Int32) -> MonotonicInstant?
  ) -> Verdict {
    switch frame.type {
    case FrameType.data:
      if frame.length == 0, !frame.has(FrameFlag.endStream),
        !budget.spend(.emptyFrames, now: now)
      {
        return .flood(.emptyFrames)
      }
      return judgeStream(of: frame, opened)
    case FrameType.headers:
      continuations = 0
      return judgeStream(of: frame, opened)
    case FrameType.continuation:
      continuations += 1
      return continuations > Self.maxContinuations ? .flood(.continuations) : .pass
    case FrameType.settings where frame.length > Self.maxSettingsBytes: return .flood(.settings)
    case FrameType.priority where frame.stream == 0: return .error(.protocolError)
    case FrameType.resetStream:
      let opened = opened(Int32(frame.stream))
      let inHaste = opened.map { now < $0.advanced(byMilliseconds: Self.hasteMilliseconds) }
      return inHaste == false ? .pass : spend(.resets, now: now)
    default: return spend(Self.flood(of: frame.type), now: now)
    }
  }

  /// Something happened that costs us work whatever frame brought it about.
  mutating func spend(_ flood: HTTP2Flood, now: MonotonicInstant) -> Verdict {
    budget.spend(flood, now: now) ? .pass : .flood(flood)
  }

  /// Something useful happened that explains `count` frames of that kind.
  mutating func earn(_ flood: HTTP2Flood, _ count: Float) { budget.earn(flood, count) }

  private static func flood(of type: UInt8) -> HTTP2Flood {
    switch type {
    case FrameType.settings: .settings
    case FrameType.ping: .ping
    case FrameType.priority: .priority
    case FrameType.windowUpdate: .windowUpdate
    default: .otherFrames
    }
  }

  /// DATA and HEADERS on a stream that is over. A stream number that was passed over is closed too, and no
  /// one can have meant to open it late.
  private func judgeStream(of frame: FrameHeader, _ opened: (Int32) -> MonotonicInstant?) -> Verdict
  {
    let isAClients = frame.stream & 1 == 1
    guard isAClients, frame.stream <= highest, opened(Int32(frame.stream)) == nil
    else { return .pass }
    switch ended.ending(of: frame.stream) {
    case .byUs: return .pass
    case .byPeer: return .error(.streamClosed)
    case nil: return .error(frame.type == FrameType.headers ? .protocolError : .streamClosed)
    }
  }
}

/// The streams that ended last, and by whom. A value.
struct EndedStreams {
  enum Ending { case byUs, byPeer }

  private static let count = 32

  /// Twice the stream's number, and one more where we ended it.
  private var recent = InlineArray<32, UInt32>(repeating: 0)
  private var oldest = 0
  /// The highest stream ended by us that is not kept: of those below, we cannot tell.
  private var forgotten: UInt32 = 0

  mutating func append(_ stream: UInt32, byUs: Bool) {
    if recent[oldest] & 1 == 1 { forgotten = max(forgotten, recent[oldest] &>> 1) }
    recent[oldest] = stream &<< 1 | (byUs ? 1 : 0)
    oldest = (oldest &+ 1) % Self.count
  }

  /// nil: it did not end lately. Where we cannot tell, the peer is given the benefit of the doubt.
  func ending(of stream: UInt32) -> Ending? {
    for index in recent.indices where recent[index] &>> 1 == stream {
      return recent[index] & 1 == 1 ? .byUs : .byPeer
    }
    return stream <= forgotten ? .byUs : nil
  }
}
