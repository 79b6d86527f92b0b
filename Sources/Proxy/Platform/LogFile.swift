import CPlatform
import Glibc

/// A file that lines are appended to.
public final class LogFile {
  private let descriptor: OwnedDescriptor

  /// Opens or creates `path`, readable by its group. A named pipe is opened when it has a reader.
  public init(appendingTo path: String) throws(SystemFault) {
    // SAFETY: the path's C string lives for the call.
    let raw = unsafe open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0o640)
    guard raw >= 0 else { throw SystemFault("open") }
    descriptor = OwnedDescriptor(taking: raw)
  }

  /// Valid as long as this object.
  public var raw: Int32 { descriptor.raw }
}
