import CPlatform
import Glibc
import Memory
import Platform
import Reactor
import TLS

/// A connected (or connecting) TCP socket on its loop, edge-triggered, in plain text or behind a TLS
/// session. Subclasses get `onSocketReady` when something may have become possible, and ask `canRead` and
/// `canWrite`.
open class StreamSocket: EventHandler {
  /// Outlives every socket on it.
  public final let loop: EventLoop
  private final var registration: Registration?
  /// -1 once closed.
  public private(set) final var fd: Int32
  /// What encrypts; nil: plain text. While it shakes hands, nothing is received or sent but by it.
  public private(set) final var tls: TLSSession?
  /// Bytes, or the end, may be there that were not read yet.
  public private(set) final var canRead = false
  /// There may be room that was not written yet.
  public private(set) final var canWrite = false
  /// The peer has sent its last byte, though some may be unread.
  public private(set) final var peerClosed = false
  /// The connection was reset, or failed in another way.
  public private(set) final var hasFailed = false

  /// Our side has ended, as far as the session could say so.
  private final var endsWriting = false
  private final var writtenInPlain: UInt64 = 0

  /// Takes over a non-blocking descriptor; nothing is told before `open`.
  /// - Parameter tls: a session that has shaken hands on it.
  public init(taking fd: Int32, on loop: EventLoop, tls: TLSSession? = nil) {
    self.fd = fd
    self.loop = loop
    self.tls = tls
    canRead = tls?.canReceive ?? false
    super.init()
  }

  /// One that never came to `open`; the loop keeps the others until they are closed.
  deinit { if fd >= 0 { _ = Glibc.close(fd) } }

  /// Starts telling readiness.
  public final func open() throws(SystemFault) { registration = try loop.register(fd, self) }

  public final var isOpen: Bool { fd >= 0 }

  /// Readiness changed: read, write, or finish connecting.
  open func onSocketReady() {}

  /// The session has failed, in the handshake or behind it; told once, before the call that found it
  /// returns.
  open func onTLSFault(_ fault: TLSFault) {}

  public final override func onReady(_ readiness: Readiness) {
    if !readiness.isDisjoint(with: [.readable, .peerClosed, .hungUp, .failed]) { canRead = true }
    if !readiness.isDisjoint(with: [.writable, .hungUp, .failed]) { canWrite = true }
    if !readiness.isDisjoint(with: [.peerClosed, .hungUp, .failed]) { peerClosed = true }
    if readiness.contains(.failed) { hasFailed = true }
    if tls != nil { onSecuredReady() }
    onSocketReady()
  }

  /// Reads once into the buffer's free tail; a full buffer makes room first.
  /// A short read means the kernel is empty, so that no second call is spent on hearing it.
  public final func receive(into buffer: ByteBuffer) -> IOResult {
    guard canRead else { return .wouldBlock }
    if tls != nil { return receiveSecured(into: buffer) }
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
    if tls != nil { return sendSecured(from: buffer) }
    let result = sendOnce(fd, from: buffer)
    switch result {
    case .moved(let n):
      writtenInPlain &+= UInt64(n)
      if n < buffer.count { canWrite = false }
    case .wouldBlock: canWrite = false
    case .endOfStream: break
    case .failed:
      // What the peer said before it broke off is still there to be read.
      canRead = true
      peerClosed = true
    }
    return result
  }

  /// Bytes that the kernel took since this object has the socket; of TLS all there were, as they went out.
  public final var writtenBytes: UInt64 { tls?.writtenBytes ?? writtenInPlain }

  /// Whether the peer's kernel has acknowledged none of what was written behind the first `count` bytes,
  /// so that nobody can have acted on it; false where the kernel does not say.
  public final func isUnreached(behind count: UInt64) -> Bool {
    // The connection's beginning counts as one.
    acknowledgedBytes(of: fd).map { $0 <= count + 1 } ?? false
  }

  /// What a non-blocking connect came to: 0 or an `errno`.
  public final func connectOutcome() -> Int32 { pendingError(fd) }

  /// Sends the end of our side; the other side stays open.
  public final func shutdownWrite() {
    guard fd >= 0 else { return }
    endsWriting = true
    if let tls, !tls.sendClose() {
      // It goes on when there is room.
      canWrite = tls.canSend
      return
    }
    _ = shutdown(fd, Int32(SHUT_WR))
  }

  /// Makes `close` send RST instead of FIN, so that the peer cannot take a cut message for a whole.
  public final func resetOnClose() {
    guard fd >= 0 else { return }
    cplatform_reset_on_close(fd)
    tls = nil
  }

  /// Gives the descriptor away, and leaves the session to the caller; nothing is told after.
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
    // Without it the peer could not tell the end from a cut.
    tls?.sendClose()
    _ = Glibc.close(detach())
  }
}

// MARK: TLS

extension StreamSocket {
  /// Looks at what waits to be read, up to the buffer's free tail, and leaves it there.
  public final func peek(into buffer: ByteBuffer) -> IOResult { peekOnce(fd, into: buffer) }

  /// Goes on without the session that has failed: what follows is read as it comes.
  public final func abandonSession() {
    tls = nil
    canRead = true
  }

  /// Puts a session between the socket and its owner, who calls `handshake` until that is done.
  public final func secure(with session: TLSSession) {
    tls = session
    if canRead { session.onReadable(peerClosed: peerClosed) }
    if canWrite { session.onWritable() }
  }

  /// Goes on with the handshake. Behind it bytes may be there already.
  public final func handshake() -> TLSHandshake {
    guard let tls else { return .done }
    let outcome = tls.handshake()
    if outcome == .done { follow(tls) } else { tellFault(of: tls) }
    return outcome
  }

  // These stand apart so that a socket in plain text pays for no more than being asked.

  @inline(never)
  private final func onSecuredReady() {
    guard let tls else { return }
    if canRead { tls.onReadable(peerClosed: peerClosed) }
    if canWrite { tls.onWritable() }
    guard tls.isEstablished else { return }
    follow(tls)
    if endsWriting, canWrite { shutdownWrite() }
  }

  /// What is possible is the session's to say: it may hold bytes that the kernel gave before.
  private final func follow(_ session: TLSSession) {
    canRead = session.canReceive
    canWrite = session.canSend
  }

  @inline(never)
  private final func receiveSecured(into buffer: ByteBuffer) -> IOResult {
    guard let tls else { return .wouldBlock }
    defer { follow(tls) }
    let result = tls.receive(into: buffer)
    if case .failed = result { tellFault(of: tls) }
    return result
  }

  /// Behind our own end the peer's may come without a word.
  private final func tellFault(of session: TLSSession) {
    guard let fault = session.takeFault() else { return }
    if !(endsWriting && fault == .truncated) { onTLSFault(fault) }
  }

  /// Bytes of which it could send none are promised: the next call is to offer them again.
  @inline(never)
  private final func sendSecured(from buffer: ByteBuffer) -> IOResult {
    guard let tls else { return .wouldBlock }
    defer { follow(tls) }
    let result = tls.send(from: buffer)
    if case .failed = result { peerClosed = true }
    return result
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
