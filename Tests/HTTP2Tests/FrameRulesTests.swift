import Platform
import Testing

@testable import HTTP2

/// What a peer's frames are worth, by their headers alone.
@Suite struct FrameRulesTests {
  private static let start = MonotonicInstant(nanoseconds: 1_000_000_000)
  private var rules = FrameRules(now: start)

  private mutating func judge(
    _ type: UInt8, on stream: UInt32 = 0, length: Int = 10, flags: UInt8 = 0, open: Bool = false,
    now: MonotonicInstant = start
  ) -> FrameRules.Verdict {
    rules.judge(
      FrameHeader(length: length, type: type, flags: flags, stream: stream), now: now
    ) { _ in open ? Self.start : nil }
  }

  // MARK: streams that are over

  @Test("frames on open streams and on idle ones are left to nghttp2")
  mutating func openAndIdle() {
    rules.opened(5)
    for type in [FrameType.data, FrameType.headers] {
      #expect(judge(type, on: 5, open: true) == .pass)
      #expect(judge(type, on: 7) == .pass)
      #expect(judge(type, on: 0) == .pass)
      #expect(judge(type, on: 2) == .pass)
    }
  }

  @Test("what comes on a stream that the peer ended is an error of the connection")
  mutating func endedByPeer() {
    rules.opened(5)
    rules.closed(5, byUs: false)
    #expect(judge(FrameType.data, on: 5) == .error(.streamClosed))
    #expect(judge(FrameType.headers, on: 5) == .error(.streamClosed))
    #expect(judge(FrameType.windowUpdate, on: 5) == .pass)
    #expect(judge(FrameType.resetStream, on: 5) == .pass)
  }

  @Test("a stream may be reset that was open for a while, however often; in haste only so often")
  mutating func resets() {
    let later = Self.start.advanced(byMilliseconds: 20)
    let patient = (0..<5000).map { _ in
      judge(FrameType.resetStream, on: 5, length: 4, open: true, now: later)
    }
    #expect(patient.allSatisfy { $0 == .pass })
    let hasty = (0..<5000).map { _ in judge(FrameType.resetStream, on: 5, length: 4, open: true) }
    #expect(hasty.firstIndex(of: .flood(.resets)).map { $0 > 900 } == true)
  }

  @Test("what was on its way when we reset a stream is passed over")
  mutating func endedByUs() {
    rules.opened(5)
    rules.closed(5, byUs: true)
    #expect(judge(FrameType.data, on: 5) == .pass)
    #expect(judge(FrameType.headers, on: 5) == .pass)
  }

  @Test("a stream that was passed over cannot be opened any more")
  mutating func passedOver() {
    rules.opened(5)
    #expect(judge(FrameType.headers, on: 3) == .error(.protocolError))
    #expect(judge(FrameType.data, on: 3) == .error(.streamClosed))
  }

  @Test("of a stream that ended long ago nothing is held against the peer if it may be our doing")
  mutating func forgotten() {
    for stream in stride(from: Int32(1), through: 199, by: 2) {
      rules.opened(stream)
      rules.closed(stream, byUs: stream == 101)
    }
    #expect(judge(FrameType.data, on: 101) == .pass)
    #expect(judge(FrameType.data, on: 99) == .pass)
    #expect(judge(FrameType.data, on: 103) == .error(.streamClosed))
    #expect(judge(FrameType.data, on: 199) == .error(.streamClosed))
  }

  // MARK: floods

  @Test(
    "frames that bring nothing are bounded",
    arguments: [
      (FrameType.settings, HTTP2Flood.settings), (FrameType.ping, .ping),
      (FrameType.priority, .priority), (FrameType.resetStream, .resets),
      (FrameType.windowUpdate, .windowUpdate), (0x42, .otherFrames),
    ] as [(UInt8, HTTP2Flood)])
  mutating func floods(_ type: UInt8, _ flood: HTTP2Flood) {
    var passed = 0
    while passed < 5000, judge(type, on: 1) == .pass { passed += 1 }
    #expect(passed == 999)
    #expect(judge(type, on: 1) == .flood(flood))
    let later = Self.start.advanced(by: .seconds(2))
    #expect(judge(type, on: 1, now: later) == .pass)
  }

  @Test("DATA without bytes counts, unless it ends its stream")
  mutating func emptyData() {
    for _ in 0..<3000 {
      #expect(
        judge(FrameType.data, on: 1, length: 0, flags: FrameFlag.endStream, open: true) == .pass)
      #expect(judge(FrameType.data, on: 1, length: 1, open: true) == .pass)
    }
    var passed = 0
    while passed < 5000, judge(FrameType.data, on: 1, length: 0, open: true) == .pass {
      passed += 1
    }
    #expect(passed == 999)
  }

  @Test("a block comes in 32 CONTINUATION frames at most, each block anew")
  mutating func continuations() {
    for _ in 0..<3 {
      #expect(judge(FrameType.headers, on: 1) == .pass)
      for _ in 0..<32 { #expect(judge(FrameType.continuation, on: 1) == .pass) }
    }
    #expect(judge(FrameType.continuation, on: 1) == .flood(.continuations))
  }

  @Test("SETTINGS hold 32 values at most")
  mutating func settings() {
    #expect(judge(FrameType.settings, length: 192) == .pass)
    #expect(judge(FrameType.settings, length: 193) == .flood(.settings))
  }

  @Test("PRIORITY is of a stream")
  mutating func priority() {
    #expect(judge(FrameType.priority, on: 0, length: 5) == .error(.protocolError))
  }
}
