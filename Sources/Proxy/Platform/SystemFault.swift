import CPlatform
import Glibc

/// A system call the kernel refused: which call, and the `errno` it left.
public struct SystemFault: Error, Equatable, Sendable {
  public let call: StaticString
  public let code: Int32

  public init(_ call: StaticString, code: Int32 = currentErrno()) {
    self.call = call
    self.code = code
  }

  /// A file was larger than was wanted of it.
  public var isTooLarge: Bool { code == EFBIG }

  public static func == (a: SystemFault, b: SystemFault) -> Bool {
    a.code == b.code && a.call.description == b.call.description
  }
}

extension SystemFault: CustomStringConvertible {
  public var description: String { "\(call): \(errnoText(code))" }
}

extension SystemFault {
  /// Why no socket listens on an address, in an operator's words.
  public var reasonNotListening: String {
    switch code {
    case EADDRINUSE: "address in use; another process holds it"
    case EADDRNOTAVAIL: "no interface of this machine has that address"
    case EACCES: "permission denied; a low port needs CAP_NET_BIND_SERVICE"
    default: description
    }
  }
}

/// The calling thread's `errno`, read before anything else can overwrite it.
@inline(__always)
public func currentErrno() -> Int32 { cplatform_errno() }

/// The C library's sentence for an `errno` value, for logs and faults.
public func errnoText(_ code: Int32) -> String {
  // SAFETY: strerror answers with a static or thread-local C string that is copied at once.
  unsafe strerror(code).map { unsafe String(cString: $0) } ?? "errno \(code)"
}
