import CPlatform
import Glibc

/// A file that lines are appended to.
public final class LogFile {
  private let descriptor: OwnedDescriptor

  /// Opens or creates `path`, readable by its group.
  public init(appendingTo path: String) throws(SystemFault) {
    // SAFETY: the path's C string lives for the call.
    let raw = unsafe open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o640)
    guard raw >= 0 else { throw SystemFault("open") }
    descriptor = OwnedDescriptor(taking: raw)
  }

  /// Writes everything, or says false.
  public func write(_ bytes: [UInt8]) -> Bool { writeAll(bytes, to: descriptor.raw) }
}

/// Writes everything to a descriptor; false when it refuses. A pipe that is full is waited for at most
/// once a second.
public func writeAll(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
  var rest = bytes[...]
  while !rest.isEmpty {
    // SAFETY: the kernel reads only the slice, which lives for the call.
    let n = unsafe rest.withUnsafeBytes { unsafe write(descriptor, $0.baseAddress, $0.count) }
    if n > 0 {
      rest = rest.dropFirst(n)
    } else if currentErrno() == EAGAIN {
      var poll = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
      // SAFETY: passes one local record.
      guard unsafe Glibc.poll(&poll, 1, 1000) == 1 else { return false }
    } else if currentErrno() != EINTR {
      return false
    }
  }
  return true
}
