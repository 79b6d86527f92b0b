import Memory
import Platform
import Proxying
import Telemetry
import XDSClient

/// The operator's log: a line per event on standard error. Control loop only.
public final class ProcessLog {
  private let threshold: Int

  public init(_ threshold: LogThreshold) { self.threshold = Self.rank(threshold) }

  /// Writes `text` with the time and the level, if the level is wanted.
  public func write(_ level: LogLevel, _ text: String) {
    guard Self.rank(level) >= threshold else { return }
    let line = ByteBuffer(capacity: 256)
    line.append(rfc3339: WallInstant.now())
    line.append(" \(level.rawValue) \(text)\n")
    // Lost when nobody reads: nothing may hold the control loop up.
    writeAll(Array(line), to: 2, waitMilliseconds: 0)
  }

  private static func rank(_ level: LogLevel) -> Int {
    switch level {
    case .debug: 0
    case .info: 1
    case .warning: 2
    case .error: 3
    }
  }

  private static func rank(_ threshold: LogThreshold) -> Int {
    switch threshold {
    case .debug: 0
    case .info: 1
    case .warning: 2
    case .error: 3
    case .off: 4
    }
  }
}

extension LogLevel {
  init(_ level: ADSLogLevel) {
    switch level {
    case .debug: self = .debug
    case .info: self = .info
    case .warning: self = .warning
    }
  }
}
