import CPlatform
import Glibc

/// How far a write came.
public enum WriteProgress: Equatable, Sendable {
  case wrote(Int)
  /// It takes nothing now.
  case full
  /// It takes nothing any more.
  case refused
}

/// Writes what a descriptor takes at once, blocking or not.
/// - Parameter waitMilliseconds: how long it may be full before the first byte.
public func writeSome(
  _ bytes: ArraySlice<UInt8>, to descriptor: Int32, waitMilliseconds: Int32
) -> WriteProgress {
  var poll = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
  // SAFETY: passes one local record.
  guard unsafe Glibc.poll(&poll, 1, waitMilliseconds) == 1 else { return .full }
  // A pipe that is ready has room for this much; what can be sought takes everything.
  let most = lseek(descriptor, 0, SEEK_CUR) >= 0 ? bytes.count : Int(PIPE_BUF)
  // SAFETY: the kernel reads only the slice, which lives for the call.
  let n = unsafe bytes.prefix(most).withUnsafeBytes {
    unsafe write(descriptor, $0.baseAddress, $0.count)
  }
  if n >= 0 { return .wrote(n) }
  switch currentErrno() {
  case EINTR: return .wrote(0)
  case EAGAIN: return .full
  default: return .refused
  }
}

/// Writes everything; false when the descriptor refuses, or is full for that long.
@discardableResult
public func writeAll(_ bytes: [UInt8], to descriptor: Int32, waitMilliseconds: Int32) -> Bool {
  var rest = bytes[...]
  while !rest.isEmpty {
    guard
      case .wrote(let count) = writeSome(rest, to: descriptor, waitMilliseconds: waitMilliseconds)
    else { return false }
    rest = rest.dropFirst(count)
  }
  return true
}
