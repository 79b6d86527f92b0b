import CPlatform
import Glibc
import Platform
import Reactor

/// Binds and listens with SO_REUSEPORT, so that each worker has an accept queue of its own.
/// - Returns: the non-blocking descriptor.
public func startListening(on address: SocketAddress, backlog: Int) throws(SystemFault) -> Int32 {
  let fd = try bindShared(to: address)
  do throws(SystemFault) { try listen(fd, backlog: backlog) } catch {
    _ = Glibc.close(fd)
    throw error
  }
  return fd
}

/// A non-blocking socket with SO_REUSEPORT on the address; nobody can connect to it yet.
func bindShared(to address: SocketAddress) throws(SystemFault) -> Int32 {
  let family = address.family == .ipv4 ? AF_INET : AF_INET6
  let kind = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
  let fd = socket(family, kind, 0)
  guard fd >= 0 else { throw SystemFault("socket") }
  setOption(fd, SOL_SOCKET, SO_REUSEADDR, 1)
  setOption(fd, SOL_SOCKET, SO_REUSEPORT, 1)
  if bindOnce(fd, to: address) != 0 {
    let fault = SystemFault("bind")
    _ = Glibc.close(fd)
    throw fault
  }
  return fd
}

/// Lets clients connect; on a socket that listens it changes the backlog.
func listen(_ fd: Int32, backlog: Int) throws(SystemFault) {
  guard Glibc.listen(fd, Int32(clamping: backlog)) == 0 else { throw SystemFault("listen") }
}

/// A listening socket on its loop.
public final class ListeningSocket: EventHandler {
  /// Out of descriptors or memory: wait this long before the next try.
  private static let pauseMilliseconds: UInt64 = 100
  private static let acceptsPerTurn = 64
  /// As long as the kernel's queue may be (net.core.somaxconn); clients that keep coming are refused.
  private static let acceptsAtClose = 4096

  private unowned let loop: EventLoop
  private var fd: Int32
  private var registration: Registration?
  private var isPaused = false
  private let onAccept: (Int32, SocketAddress) -> Void
  private let onRefused: (Int32) -> Void

  /// - Parameters:
  ///   - fd: from `startListening`; closed by `close`.
  ///   - onAccept: gets each connection's non-blocking descriptor and its peer's address.
  ///   - onRefused: gets the `errno` when the kernel could not give a connection.
  public init(
    taking fd: Int32, on loop: EventLoop, onAccept: @escaping (Int32, SocketAddress) -> Void,
    onRefused: @escaping (Int32) -> Void
  ) throws(SystemFault) {
    self.fd = fd
    self.loop = loop
    self.onAccept = onAccept
    self.onRefused = onRefused
    super.init()
    registration = try loop.registerLevelTriggered(fd, self)
  }

  public override func onReady(_ readiness: Readiness) { acceptSome() }

  private func acceptSome() {
    guard !isPaused, fd >= 0 else { return }
    for _ in 0..<Self.acceptsPerTurn where fd >= 0 {
      guard acceptNext() else { return refuse(currentErrno()) }
    }
  }

  /// False when the kernel gives no connection; `errno` says why.
  private func acceptNext() -> Bool {
    let (connection, peer) = acceptOnce(fd)
    guard connection >= 0 else { return false }
    setOption(connection, Int32(IPPROTO_TCP), TCP_NODELAY, 1)
    onAccept(connection, peer ?? .loopback(port: 0))
    return true
  }

  private func refuse(_ code: Int32) {
    switch code {
    case EAGAIN, EINTR, ECONNABORTED: return
    default:
      onRefused(code)
      if let registration { loop.deregister(registration, fd) }
      registration = nil
      pause()
    }
  }

  private func pause() {
    isPaused = true
    _ = loop.arm(
      self, TimerKind(0), at: loop.now.advanced(byMilliseconds: Self.pauseMilliseconds))
  }

  public override func onTimer(_ kind: TimerKind) {
    guard fd >= 0, isPaused else { return }
    isPaused = false
    do throws(SystemFault) { registration = try loop.registerLevelTriggered(fd, self) } catch {
      pause()
    }
  }

  /// Takes what already waits in the accept queue, then stops listening.
  public func close() {
    guard fd >= 0 else { return }
    var accepted = 0
    while !isPaused, accepted < Self.acceptsAtClose, acceptNext() { accepted += 1 }
    if let registration { loop.deregister(registration, fd) }
    _ = Glibc.close(fd)
    fd = -1
  }
}

/// Fails where another process listens on the address: SO_REUSEPORT alone would share its port with it
/// silently when it sets the option too.
public func refuseTakenPort(_ address: SocketAddress) throws(SystemFault) {
  guard address.port != 0 else { return }
  let family = address.family == .ipv4 ? AF_INET : AF_INET6
  let fd = socket(family, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
  guard fd >= 0 else { throw SystemFault("socket") }
  defer { _ = Glibc.close(fd) }
  setOption(fd, SOL_SOCKET, SO_REUSEADDR, 1)
  guard bindOnce(fd, to: address) == 0 else { throw SystemFault("bind") }
}
