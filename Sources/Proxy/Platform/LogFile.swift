import CPlatform
import Glibc

/// A file, pipe or terminal that lines are appended to without ever waiting for it: what it does not
/// take at once is the caller's to keep or to drop. Lines of up to 4 KiB are taken whole by a pipe, so that
/// nothing that others write to it gets into them. One thread at a time.
public final class LogFile {
  /// A pipe that is ready for anything takes this much whole, with nothing of others in between (PIPE_BUF).
  private static let maxPipeBytes = 4096
  private static let lineFeed: UInt8 = 0x0A
  private let descriptor: OwnedDescriptor
  /// A file on a disk: it takes everything, or fails.
  public let isRegular: Bool

  /// To be watched for room by an event loop, unless it is a file on a disk.
  public var raw: Int32 { descriptor.raw }

  /// Opens or creates `path`, readable by its group. A FIFO that nobody reads yet fills up, and then
  /// takes nothing.
  public init(appendingTo path: String) throws(SystemFault) {
    let flags = O_APPEND | O_CREAT | O_NONBLOCK | O_NOCTTY
    var raw = openDescriptor(path, O_WRONLY | flags)
    // A FIFO that nobody reads refuses those who only write.
    if raw < 0, currentErrno() == ENXIO { raw = openDescriptor(path, O_RDWR | flags) }
    guard raw >= 0 else { throw SystemFault("open") }
    descriptor = OwnedDescriptor(taking: raw)
    isRegular = Self.isRegular(raw)
  }

  /// Standard output (1) or standard error (2). A pipe or terminal is opened anew where that is allowed,
  /// so that not to wait for it is our choice alone and not that of everybody who shares it.
  public init(standard number: Int32) throws(SystemFault) {
    isRegular = Self.isRegular(number)
    if !isRegular {
      let flags = O_WRONLY | O_APPEND | O_NONBLOCK | O_NOCTTY
      let raw = openDescriptor("/proc/self/fd/\(number)", flags)
      if raw >= 0 {
        descriptor = OwnedDescriptor(taking: raw)
        return
      }
    }
    let raw = fcntl(number, F_DUPFD_CLOEXEC, 0)
    guard raw >= 0 else { throw SystemFault("fcntl") }
    descriptor = OwnedDescriptor(taking: raw)
  }

  private static func isRegular(_ descriptor: Int32) -> Bool {
    var status = stat()
    // SAFETY: the kernel fills a local record.
    return unsafe fstat(descriptor, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
  }

  /// Writes what is taken at once.
  /// - Returns: the bytes taken, from the front; fewer than there are when there is no room now.
  /// - Throws: the fault that the first byte met.
  public func write(_ bytes: ArraySlice<UInt8>) throws(SystemFault) -> Int {
    var rest = bytes
    while !rest.isEmpty, isRegular || hasRoom {
      let next = isRegular ? rest : Self.piece(of: rest)
      // SAFETY: the kernel reads only the slice, which lives for the call.
      let n = unsafe next.withUnsafeBytes {
        unsafe Glibc.write(descriptor.raw, $0.baseAddress, $0.count)
      }
      if n > 0 {
        rest = rest.dropFirst(n)
      } else if currentErrno() != EINTR {
        let isFault = isRegular || currentErrno() != EAGAIN
        if isFault, rest.count == bytes.count { throw SystemFault("write") }
        break
      }
    }
    return bytes.count - rest.count
  }

  /// As many whole lines as a pipe takes at once, or what it takes of a longer one.
  private static func piece(of lines: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    let most = lines.prefix(maxPipeBytes)
    if most.endIndex == lines.endIndex { return most }
    return most.lastIndex(of: lineFeed).map { most[...$0] } ?? most
  }

  /// A write will not wait; it may fail.
  private var hasRoom: Bool {
    var wanted = pollfd(fd: descriptor.raw, events: Int16(POLLOUT), revents: 0)
    // SAFETY: passes one local record.
    return unsafe poll(&wanted, 1, 0) == 1
  }
}
