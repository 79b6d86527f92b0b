import Config
import Platform
import Reactor
import Telemetry

/// Writes access log lines where they are to go. Control loop only.
final class AccessLogWriter {
  private let loop: EventLoop
  private let stats: TelemetryStats
  private let log: (LogLevel, String) -> Void
  private var outputs: [(sink: AccessLogConfig.Sink, output: AccessLogOutput)] = []
  /// Called when nothing is left to write.
  var onIdle: () -> Void = {}

  init(loop: EventLoop, stats: TelemetryStats, log: @escaping (LogLevel, String) -> Void) {
    self.loop = loop
    self.stats = stats
    self.log = log
  }

  var isIdle: Bool { outputs.allSatisfy { $0.output.isIdle } }

  /// Opens a sink that lines are going to come for.
  func open(_ sink: AccessLogConfig.Sink) throws(SystemFault) { try output(for: sink).open() }

  /// Takes whole lines. What cannot be written, or waits too long, is lost and counted.
  func write(_ lines: [UInt8], to sink: AccessLogConfig.Sink) { output(for: sink).write(lines) }

  /// Opens the files anew, for log rotation by renaming (SIGUSR1).
  func reopen() { for (_, output) in outputs { output.reopen() } }

  /// What waits is lost.
  func giveUp() { for (_, output) in outputs { output.giveUp() } }

  private func output(for sink: AccessLogConfig.Sink) -> AccessLogOutput {
    if let known = outputs.first(where: { $0.sink == sink }) { return known.output }
    let made = AccessLogOutput(sink, on: loop, stats: stats, log: log)
    made.onIdle = { [unowned self] in if isIdle { onIdle() } }
    outputs.append((sink, made))
    return made
  }
}
