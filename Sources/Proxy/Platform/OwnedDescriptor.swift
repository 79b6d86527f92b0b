import CPlatform
import Glibc

/// A file descriptor that is closed exactly once, when its owner goes.
public struct OwnedDescriptor: ~Copyable, Sendable {
  public let raw: Int32

  /// Takes over `raw`, which the caller must no longer close.
  @inlinable
  public init(taking raw: Int32) {
    precondition(raw >= 0, "a descriptor is never negative")
    self.raw = raw
  }

  deinit { _ = Glibc.close(raw) }
}
