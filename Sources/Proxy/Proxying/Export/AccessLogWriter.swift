import Config
import Platform
import Reactor

/// Writes access log lines where they are to go. Control loop only.
final class AccessLogWriter {
  private var outputs: [AccessLogConfig.Sink: LogOutput] = [:]
  private let loop: EventLoop
  private let onLost: (_ lineCount: Int) -> Void
  private let log: (LogLevel, String) -> Void

  /// - Parameter onLost: hears of lines that a sink refused or had no room for.
  init(
    loop: EventLoop, onLost: @escaping (_ lineCount: Int) -> Void,
    log: @escaping (LogLevel, String) -> Void
  ) {
    self.loop = loop
    self.onLost = onLost
    self.log = log
  }

  /// Writes whole lines.
  func write(_ lines: [UInt8], to sink: AccessLogConfig.Sink) {
    do throws(SystemFault) {
      try output(to: sink).write(lines)
    } catch {
      log(.error, "access log \(sink): \(error)")
      onLost(lines.count { $0 == 0x0A })
    }
  }

  private func output(to sink: AccessLogConfig.Sink) throws(SystemFault) -> LogOutput {
    if let known = outputs[sink] { return known }
    let made: LogOutput
    switch sink {
    case .standardOutput: made = LogOutput(1, on: loop, onLost: onLost)
    case .standardError: made = LogOutput(2, on: loop, onLost: onLost)
    case .file(let path):
      let file = try LogFile(appendingTo: path)
      made = LogOutput(file.raw, keeping: file, on: loop, onLost: onLost)
    }
    outputs[sink] = made
    return made
  }

  /// Opens the files anew, for log rotation by renaming (SIGUSR1).
  func reopen() {
    for (sink, output) in outputs {
      guard case .file = sink else { continue }
      output.finish()
      outputs[sink] = nil
    }
  }

  /// Writes what waits, for at most a second each.
  func finish() { for output in outputs.values { output.finish() } }
}
