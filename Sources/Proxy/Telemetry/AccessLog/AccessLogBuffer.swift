import HTTPModel
import Memory

/// Access log lines of one worker for one sink, until they are written. When it is full, more lines
/// are dropped and counted. Owning worker only.
public final class AccessLogBuffer {
  /// The most bytes held; the last line may go beyond.
  public let maxBytes: Int
  let stats: TelemetryStats
  let bytes: ByteBuffer

  public init(stats: TelemetryStats, maxBytes: Int = 256 * 1024) {
    self.stats = stats
    self.maxBytes = maxBytes
    bytes = ByteBuffer(capacity: maxBytes + 16 * 1024)
  }

  /// The buffer is at least half full: time to take it.
  public var isDue: Bool { bytes.count >= maxBytes / 2 }

  /// The whole lines held so far, each with its line feed; nil when there is none. Empties the buffer.
  public func take() -> [UInt8]? {
    guard !bytes.isEmpty else { return nil }
    let bytes = bytes
    let lines = [UInt8](copying: bytes.readable)
    bytes.clear()
    return lines
  }

  /// False, and one more dropped, when the buffer is full.
  func beginLine() -> Bool {
    guard bytes.count < maxBytes else {
      stats.accessLogDropped.add()
      return false
    }
    stats.accessLogLines.add()
    return true
  }
}

/// A format with the buffer its lines go to.
public struct AccessLog {
  let format: AccessLogFormat
  let buffer: AccessLogBuffer

  public init(format: AccessLogFormat, buffer: AccessLogBuffer) {
    self.format = format
    self.buffer = buffer
  }

  /// Writes one line.
  func append(
    _ record: borrowing ExchangeRecord, request: RequestHead, response: ResponseHead?,
    cluster: ClusterStats?, routeName: [UInt8], security: ConnectionSecurity?
  ) {
    guard buffer.beginLine() else { return }
    let line = AccessLogLine(
      bytes: buffer.bytes, headers: format.headers, request: request, response: response,
      cluster: cluster, routeName: routeName, security: security)
    line.append(format, record)
  }
}
