import Platform
import Reactor

/// One place that log lines are written to. A reader that stalls holds nobody up: lines wait for it, up
/// to a bound. Control loop only.
final class LogOutput: EventHandler {
  private static let maxWaitingBytes = 1 << 20
  private static let retryMilliseconds: UInt64 = 20
  private static let finishMilliseconds: UInt64 = 1000

  private let descriptor: Int32
  /// Keeps the descriptor open; nil for the standard streams.
  private let file: LogFile?
  private unowned let loop: EventLoop
  private let onLost: (_ lineCount: Int) -> Void
  private var waiting: [UInt8] = []
  private var timer: TimerHandle?

  init(
    _ descriptor: Int32, keeping file: LogFile? = nil, on loop: EventLoop,
    onLost: @escaping (_ lineCount: Int) -> Void
  ) {
    self.descriptor = descriptor
    self.file = file
    self.loop = loop
    self.onLost = onLost
  }

  /// Writes whole lines, now or when there is room; those that find no place to wait are lost.
  func write(_ lines: [UInt8]) {
    guard waiting.count + lines.count <= Self.maxWaitingBytes else { return lose(lines[...]) }
    waiting += lines
    flush(waitMilliseconds: 0)
    armRetry()
  }

  /// Writes what waits, for at most a second; the rest is lost.
  func finish() {
    if let timer { loop.disarm(timer) }
    timer = nil
    let end = MonotonicInstant.now().advanced(byMilliseconds: Self.finishMilliseconds)
    while !waiting.isEmpty {
      let now = MonotonicInstant.now()
      guard now < end else { break }
      flush(waitMilliseconds: Int32(end.nanoseconds(since: now) / 1_000_000) + 1)
    }
    lose(waiting[...])
    waiting = []
  }

  override func onTimer(_ kind: TimerKind) {
    timer = nil
    flush(waitMilliseconds: 0)
    armRetry()
  }

  private func armRetry() {
    guard !waiting.isEmpty, timer == nil else { return }
    timer = loop.arm(
      self, TimerKind(0), at: loop.now.advanced(byMilliseconds: Self.retryMilliseconds))
  }

  private func flush(waitMilliseconds: Int32) {
    var rest = waiting[...]
    writing: while !rest.isEmpty {
      switch writeSome(rest, to: descriptor, waitMilliseconds: waitMilliseconds) {
      case .wrote(let count): rest = rest.dropFirst(count)
      case .full: break writing
      case .refused:
        lose(rest)
        rest = []
      }
    }
    waiting = Array(rest)
  }

  private func lose(_ lines: ArraySlice<UInt8>) {
    if !lines.isEmpty { onLost(lines.count { $0 == 0x0A }) }
  }
}
