import CPlatform
import Glibc
import Platform

/// An address of the process with a bound socket for each worker (SO_REUSEPORT: each has an accept
/// queue of its own). Workers get duplicates, so that the address passes from one listener to another
/// without an instant in which nobody listens. Control loop only; closes its sockets when it goes.
public final class BoundAddress {
  /// As it was asked for; port 0 takes any.
  public let requested: SocketAddress
  /// Where clients reach it.
  public private(set) var address: SocketAddress
  private var descriptors: [Int32] = []

  /// Binds without listening: clients are refused until `listen`.
  /// - Parameter own: what this process has bound already; another process that holds `address` is
  ///   noticed unless one of these overlaps it.
  public init(
    _ address: SocketAddress, count: Int, own: [SocketAddress]
  ) throws(SystemFault) {
    requested = address
    self.address = address
    if !own.contains(where: address.overlaps) { try refuseTakenPort(address) }
    for _ in 0..<count {
      let fd = try bindShared(to: self.address)
      descriptors.append(fd)
      self.address = localAddress(of: fd) ?? address
    }
  }

  deinit { close() }

  /// Lets clients connect, to every socket.
  public func listen(backlog: Int) throws(SystemFault) {
    for fd in descriptors { try Sockets.listen(fd, backlog: backlog) }
  }

  /// A descriptor for each worker of its own, to the same sockets.
  public func duplicates() throws(SystemFault) -> [Int32] {
    var copies: [Int32] = []
    for fd in descriptors {
      let copy = fcntl(fd, F_DUPFD_CLOEXEC, 0)
      guard copy >= 0 else {
        let fault = SystemFault("fcntl")
        for copy in copies { _ = Glibc.close(copy) }
        throw fault
      }
      copies.append(copy)
    }
    return copies
  }

  /// Closes these descriptors; the workers' stay. From here nobody new gets into the accept queues: a
  /// connection that did after a worker emptied its queue would be reset when the socket goes. The
  /// client's kernel asks again, and hears that nobody listens.
  public func close() {
    for fd in descriptors {
      _ = cplatform_ignore_newcomers(fd)
      _ = Glibc.close(fd)
    }
    descriptors = []
  }
}

extension SocketAddress {
  /// A socket bound to the one stands in the way of the other.
  func overlaps(_ other: SocketAddress) -> Bool {
    port == other.port && port != 0 && (self == other || isUnspecified || other.isUnspecified)
  }

  /// 0.0.0.0 or [::].
  private var isUnspecified: Bool { high == 0 && low == 0 }
}
