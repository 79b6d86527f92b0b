import CPlatform
import Glibc
import Memory
import Platform
import Reactor

/// A connected (or connecting) TCP socket on its loop, edge-triggered. Subclasses get
/// `onSocketReady` when something may have become possible, and ask `canRead` and `canWrite`.
open class StreamSocket: EventHandler {
  /// Outlives every socket on it.
  public final let loop: EventLoop
  private final var registration: Registration?
  /// -1 once closed.
  public private(set) final var fd: Int32
  /// The kernel may hold bytes, or the end, that were not read yet.
  public private(set) final var canRead = false
  /// The kernel may have room that was not written yet.
  public private(set) final var canWrite = false
  /// The peer has sent its last byte, though some may be unread.
  public private(set) final var peerClosed = false
  /// The connection was reset, or failed in another way.
  public private(set) final var hasFailed = false

  /// Takes over a non-blocking descriptor; nothing is told before `open`.
  public init(taking fd: Int32, on loop: EventLoop) {
    self.fd = fd
    self.loop = loop
    super.init()
  }

  /// One that never came to `open`; the loop keeps the others until they are closed.
  deinit { if fd >= 0 { _ = Glibc.close(fd) } }

  /// Starts telling readiness.
  public final func open() throws(SystemFault) { registration = try loop.register(fd, self) }

  public final var isOpen: Bool { fd >= 0 }

  /// Readiness changed: read, write, or finish connecting.
  open func onSocketReady() {}

  public final override func onReady(_ readiness: Readiness) {
    if !readiness.isDisjoint(with: [.readable, .peerClosed, .hungUp, .failed]) { canRead = true }
    if !readiness.isDisjoint(with: [.writable, .hungUp, .failed]) { canWrite = true }
    if !readiness.isDisjoint(with: [.peerClosed, .hungUp, .failed]) { peerClosed = true }
    if readiness.contains(.failed) { hasFailed = true }
    onSocketReady()
  }

  /// Reads once into the buffer's free tail; a full buffer makes room first.
  /// A short read means the kernel is empty, so that no second call is spent on hearing it.
  public final func receive(into buffer: ByteBuffer) -> IOResult {
    guard canRead else { return .wouldBlock }
    if buffer.writableCount == 0 { buffer.reserve(1) }
    let room = buffer.writableCount
    let result = receiveOnce(fd, into: buffer)
    switch result {
    case .moved(let n): if n < room && !peerClosed { canRead = false }
    case .wouldBlock: canRead = false
    case .endOfStream, .failed: break
    }
    return result
  }

  /// Writes once from the buffer. The caller consumes or advances what moved.
  public final func send(from buffer: ByteBuffer) -> IOResult {
    guard canWrite else { return .wouldBlock }
    let result = sendOnce(fd, from: buffer)
    switch result {
    case .moved(let n): if n < buffer.count { canWrite = false }
    case .wouldBlock: canWrite = false
    case .endOfStream: break
    case .failed:
      // What the peer said before it broke off is still there to be read.
      canRead = true
      peerClosed = true
    }
    return result
  }

  /// What a non-blocking connect came to: 0 or an `errno`.
  public final func connectOutcome() -> Int32 { pendingError(fd) }

  /// Sends the end of our side; the other side stays open.
  public final func shutdownWrite() { if fd >= 0 { _ = shutdown(fd, Int32(SHUT_WR)) } }

  /// Makes `close` send RST instead of FIN, so that the peer cannot take a cut message for a whole.
  public final func resetOnClose() { if fd >= 0 { cplatform_reset_on_close(fd) } }

  /// Gives the descriptor away; nothing is told after.
  public final func detach() -> Int32 {
    if let registration { loop.deregister(registration, fd) }
    registration = nil
    canRead = false
    canWrite = false
    defer { fd = -1 }
    return fd
  }

  /// Closes the descriptor; nothing is told after. Harmless when repeated.
  public final func close() {
    guard fd >= 0 else { return }
    _ = Glibc.close(detach())
  }
}

/// Begins a non-blocking TCP connection; readiness to write tells its end.
public func startConnecting(to address: SocketAddress) throws(SystemFault) -> Int32 {
  let family = address.family == .ipv4 ? AF_INET : AF_INET6
  let kind = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
  let fd = socket(family, kind, 0)
  guard fd >= 0 else { throw SystemFault("socket") }
  setOption(fd, Int32(IPPROTO_TCP), TCP_NODELAY, 1)
  let code = connectOnce(fd, to: address)
  if code != 0 && code != EINPROGRESS {
    _ = Glibc.close(fd)
    throw SystemFault("connect", code: code)
  }
  return fd
}
