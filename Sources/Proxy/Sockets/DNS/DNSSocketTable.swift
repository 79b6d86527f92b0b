import Platform
import Reactor

/// The descriptors on which answers are awaited, each registered with the loop.
final class DNSSocketTable {
  weak var resolver: Resolver?
  private unowned let loop: EventLoop
  private var sockets: [Int32: DNSSocket] = [:]

  init(on loop: EventLoop) { self.loop = loop }

  /// Watches `fd` for just this from now on; for nothing: it is about to be closed.
  func watch(_ fd: Int32, canRead: Bool, canWrite: Bool) {
    var interest: Readiness = []
    if canRead { interest.insert(.readable) }
    if canWrite { interest.insert(.writable) }
    if let socket = sockets[fd] {
      if !interest.isEmpty {
        try? loop.modify(socket.registration!, fd, interest: interest)
      } else {
        loop.deregister(socket.registration!, fd)
        sockets[fd] = nil
      }
    } else if !interest.isEmpty {
      let socket = DNSSocket(fd, in: self)
      // A descriptor that cannot be watched leaves its query to time out.
      guard let place = try? loop.registerLevelTriggered(fd, socket, interest: interest)
      else { return }
      socket.registration = place
      sockets[fd] = socket
    }
  }
}

/// One descriptor of the resolver's.
private final class DNSSocket: EventHandler {
  var registration: Registration?
  private let fd: Int32
  private weak var table: DNSSocketTable?

  init(_ fd: Int32, in table: DNSSocketTable) {
    self.fd = fd
    self.table = table
  }

  override func onReady(_ readiness: Readiness) { table?.resolver?.onSocketReady(fd, readiness) }
}
