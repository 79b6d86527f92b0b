import Config
import Platform
import Reactor
import Telemetry

/// The way of one sink's lines out of the process. It never waits: what a pipe has no room for is kept,
/// within bounds, until it has; what goes beyond is dropped and counted, whole lines at a time.
/// Control loop only.
final class AccessLogOutput: EventHandler {
  /// Lines waiting for a slow reader, beyond which new ones are dropped.
  static let maxBacklogBytes = 1 << 20
  private static let lineFeed: UInt8 = 0x0A

  private let sink: AccessLogConfig.Sink
  private let loop: EventLoop
  private let stats: TelemetryStats
  private let log: (LogLevel, String) -> Void
  private var file: LogFile?
  /// Watches for room while something waits for it.
  private var registration: Registration?
  private var backlog: [UInt8] = []
  /// What of the backlog was written.
  private var written = 0
  /// The last byte written did not end a line.
  private var isMidLine = false
  /// Lines were lost; said once, and once when it is over.
  private var isLosing = false
  /// Called when nothing is left that can be written.
  var onIdle: () -> Void = {}

  init(
    _ sink: AccessLogConfig.Sink, on loop: EventLoop, stats: TelemetryStats,
    log: @escaping (LogLevel, String) -> Void
  ) {
    self.sink = sink
    self.loop = loop
    self.stats = stats
    self.log = log
  }

  /// Nothing waits for room. The rest of a line that was cut by a fault waits for further lines alone.
  var isIdle: Bool { registration == nil }

  // MARK: opening

  /// Opens the sink if it is not open.
  func open() throws(SystemFault) { _ = try openedFile() }

  private func openedFile() throws(SystemFault) -> LogFile {
    if let file { return file }
    let opened =
      switch sink {
      case .standardOutput: try LogFile(standard: 1)
      case .standardError: try LogFile(standard: 2)
      case .file(let path): try LogFile(appendingTo: path)
      }
    file = opened
    return opened
  }

  /// Opens the sink anew; what waits goes there.
  func reopen() {
    closeFile()
    do throws(SystemFault) { try open() } catch { sayLoss("\(error)") }
    if !backlog.isEmpty { flush() }
  }

  private func closeFile() {
    if let registration, let file { loop.deregister(registration, file.raw) }
    registration = nil
    file = nil
  }

  // MARK: writing

  /// Takes whole lines.
  func write(_ lines: [UInt8]) {
    if !backlog.isEmpty, backlog.count - written + lines.count > Self.maxBacklogBytes {
      return drop(lines[...], "nobody reads it")
    }
    backlog += lines
    flush()
  }

  override func onReady(_ readiness: Readiness) { flush() }

  private func flush() {
    do throws(SystemFault) {
      let file = try openedFile()
      let taken = try file.write(backlog[written...])
      written += taken
      if taken > 0 { isMidLine = backlog[written - 1] != Self.lineFeed }
      try settle(file)
    } catch { fail(error) }
  }

  /// Waits for room, or is done.
  private func settle(_ file: LogFile) throws(SystemFault) {
    guard written == backlog.count else {
      // The next write says why a disk took no more.
      if file.isRegular { return flush() }
      // Seldom, so that a slow reader costs no copying.
      if written >= Self.maxBacklogBytes / 2 {
        backlog.removeFirst(written)
        written = 0
      }
      if registration == nil {
        registration = try loop.registerLevelTriggered(file.raw, self, interest: .writable)
      }
      return
    }
    if let registration { loop.deregister(registration, file.raw) }
    registration = nil
    backlog = []
    written = 0
    if isLosing { log(.info, "access log on \(sink): takes lines again") }
    isLosing = false
    onIdle()
  }

  /// Drops what waits, but for the rest of a line that was begun: the next line is to begin where a line
  /// may begin. The sink is opened anew for the next lines.
  private func fail(_ fault: SystemFault) {
    closeFile()
    let rest = backlog[written...]
    let lineEnd = rest.firstIndex(of: Self.lineFeed).map { $0 + 1 } ?? rest.endIndex
    let kept = isMidLine ? rest[..<lineEnd] : []
    backlog = Array(kept)
    written = 0
    drop(rest[(rest.startIndex + kept.count)...], "\(fault)")
    onIdle()
  }

  /// Drops what waits for room: the process ends.
  func giveUp() {
    guard !isIdle else { return }
    let lost = backlog[written...].count { $0 == Self.lineFeed }
    stats.accessLogDropped.add(UInt64(lost))
    log(.error, "access log on \(sink): nobody reads it: the last \(lost) lines are lost")
    closeFile()
    backlog = []
    written = 0
  }

  private func drop(_ lines: ArraySlice<UInt8>, _ why: String) {
    stats.accessLogDropped.add(UInt64(lines.count { $0 == Self.lineFeed }))
    sayLoss(why)
  }

  private func sayLoss(_ why: String) {
    guard !isLosing else { return }
    isLosing = true
    log(.error, "access log on \(sink): \(why): lines are lost")
  }
}
