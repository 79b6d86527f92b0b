import Memory
import Platform
import Telemetry

/// The operator's log: a line per event on standard error. It never waits for who reads it: lines that
/// find no room are lost, and the next one that does says how many. Control loop only.
public final class ProcessLog {
  /// nil: nothing is written.
  private let threshold: LogLevel?
  private let file: LogFile?
  private var lost = 0
  /// The last line was not written to its end.
  private var isMidLine = false

  public init(_ threshold: LogLevel?) {
    self.threshold = threshold
    file = try? LogFile(standard: 2)
  }

  /// Writes `text` with the time and the level, if the level is wanted.
  public func write(_ level: LogLevel, _ text: String) {
    guard let threshold, level >= threshold, let file else { return }
    let line = ByteBuffer(capacity: 256)
    if isMidLine { line.append("\n") }
    if lost > 0 { append(.warning, "lines lost: \(lost): nobody reads standard error", to: line) }
    append(level, text, to: line)
    let bytes = Array(line)
    let taken = (try? file.write(bytes[...])) ?? 0
    lost = taken == bytes.count ? 0 : lost + 1
    if taken > 0 { isMidLine = bytes[taken - 1] != 0x0A }
  }

  private func append(_ level: LogLevel, _ text: String, to line: ByteBuffer) {
    line.append(rfc3339: WallInstant.now())
    line.append(" \(level) \(text)\n")
  }
}
