import Config
import Platform

/// Writes access log lines where they are to go. Control loop only.
public final class AccessLogWriter {
  private var files: [String: LogFile] = [:]
  private let log: (LogLevel, String) -> Void

  public init(log: @escaping (LogLevel, String) -> Void) { self.log = log }

  /// Writes whole lines; what a sink refuses is lost, and said once per sink.
  /// - Returns: false when something was lost.
  public func write(_ lines: [UInt8], to sink: AccessLogConfig.Sink) -> Bool {
    switch sink {
    case .standardOutput: return writeAll(lines, to: 1)
    case .standardError: return writeAll(lines, to: 2)
    case .file(let path): return write(lines, toFile: path)
    }
  }

  private func write(_ lines: [UInt8], toFile path: String) -> Bool {
    if files[path] == nil {
      do throws(SystemFault) { files[path] = try LogFile(appendingTo: path) } catch {
        log(.error, "access log \(path): \(error)")
        return false
      }
    }
    return files[path]?.write(lines) ?? false
  }

  /// Opens the files anew, for log rotation by renaming (SIGUSR1).
  public func reopen() { files.removeAll() }
}
