import Memory
import Platform
import Telemetry

/// The present second as `date` fields show it, written once a second. Owning worker only.
final class DateClock {
  private static let second: UInt64 = 1_000_000_000
  private let buffer = ByteBuffer(capacity: 32)
  private var validUntil = MonotonicInstant(nanoseconds: 0)

  /// Appends the date at `now`, as RFC 9110 section 5.6.7 wants it.
  func write(at now: MonotonicInstant, to bytes: ByteBuffer) {
    if now >= validUntil {
      let wall = WallInstant.now()
      validUntil = MonotonicInstant(
        nanoseconds: now.nanoseconds + Self.second - wall.nanoseconds % Self.second)
      buffer.clear()
      buffer.append(httpDate: wall)
    }
    let text = buffer
    bytes.append(text.readable)
  }
}
