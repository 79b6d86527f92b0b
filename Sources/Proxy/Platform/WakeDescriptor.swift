import CPlatform
import Glibc

/// An eventfd: any thread signals it, one loop watches it.
public struct WakeDescriptor: ~Copyable, Sendable {
  private let descriptor: OwnedDescriptor
  public var raw: Int32 { descriptor.raw }

  public init() throws(SystemFault) {
    let raw = eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))
    guard raw >= 0 else { throw SystemFault("eventfd") }
    descriptor = OwnedDescriptor(taking: raw)
  }

  /// Makes the watching loop run. Any thread.
  public func signal() {
    var one: UInt64 = 1
    // SAFETY: eight bytes of a local are written to the eventfd.
    _ = unsafe write(descriptor.raw, &one, 8)
  }

  /// Takes back every signal so far. Owning loop only.
  public func drain() {
    var count: UInt64 = 0
    // SAFETY: eight bytes are read into a local.
    _ = unsafe read(descriptor.raw, &count, 8)
  }
}
