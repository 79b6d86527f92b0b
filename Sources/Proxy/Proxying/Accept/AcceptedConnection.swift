import Config
import Memory
import Platform
import Reactor
import Sockets
import TLS

/// A client's connection from its acceptance until a filter has it: what it says first is looked at, a
/// filter chain chosen, and the handshake of TLS done. Owning worker only.
final class AcceptedConnection: StreamSocket {
  private enum Phase {
    case inspecting
    /// The filter it will come to is the one of the rules it is judged by.
    case handshaking(FilterChain.Filter)
    /// The client was told what is wrong; it is read, and what it says dropped, until it closes, so that
    /// no reset takes the alert away from it.
    case lingering
    case over
  }

  private static let lingerMilliseconds: UInt64 = 1000

  private let listener: ListenerRuntime
  private let worker: Worker
  private let peer: SocketAddress
  private let local: SocketAddress
  private var phase = Phase.inspecting
  private var timer: TimerHandle?
  /// The host that the client asks for.
  private var serverName: String?

  init(
    taking fd: Int32, listener: ListenerRuntime, worker: Worker, peer: SocketAddress,
    local: SocketAddress
  ) {
    self.listener = listener
    self.worker = worker
    self.peer = peer
    self.local = local
    super.init(taking: fd, on: worker.loop)
  }

  /// Call once, when the worker knows it.
  func start() {
    do throws(SystemFault) { try open() } catch { return shut() }
    if listener.config.needsClientHello {
      arm(after: listener.config.inspectionTimeout)
    } else {
      choose(nil)
    }
  }

  private func arm(after time: Duration) {
    loop.disarm(&timer)
    timer = loop.arm(self, TimerKind(0), at: loop.now.advanced(by: time))
  }

  override func onSocketReady() {
    switch phase {
    case .inspecting: inspect()
    case .handshaking(let filter): shakeHands(filter)
    case .lingering: dropInput()
    case .over: break
    }
  }

  override func onTimer(_ kind: TimerKind) {
    timer = nil
    switch phase {
    case .inspecting:
      listener.stats.inspectionTimeout.add()
      if listener.config.continuesOnInspectionTimeout { choose(nil) } else { shut() }
    case .handshaking:
      onTLSFault(.timedOut)
      shut()
    case .lingering, .over: shut()
    }
  }

  // MARK: inspect

  /// Looks at the client's first message where it lies. Who speaks first, and no TLS, is known by the
  /// first byte.
  private func inspect() {
    guard canRead else { return }
    if hasFailed { return shut() }
    let buffer = worker.buffers.acquire()
    defer { worker.buffers.release(buffer) }
    switch peek(into: buffer) {
    case .wouldBlock: return
    case .endOfStream, .failed: return shut()
    case .moved: break
    }
    do throws(ClientHelloFault) {
      if let hello = try ClientHello.decode(buffer.readable) {
        choose(hello)
      } else if peerClosed {
        shut()
      }
    } catch {
      // What is no ClientHello may be what a chain in plain text is for.
      choose(nil)
    }
  }

  private func choose(_ hello: ClientHello?) {
    serverName = hello?.serverName
    let traits = ConnectionTraits(local: local, peer: peer, hello: hello)
    guard let chain = listener.chain(for: traits) else {
      listener.faults.note(.noFilterChain, of: peer)
      return shut()
    }
    guard let tls = chain.tls else { return handOver(to: chain.filter) }
    phase = .handshaking(chain.filter)
    secure(with: TLSSession(server: tls, on: fd))
    arm(after: chain.config.handshakeTimeout)
    shakeHands(chain.filter)
  }

  // MARK: secure

  override func onTLSFault(_ fault: TLSFault) { listener.faults.note(.tls(fault), of: peer) }

  private func shakeHands(_ filter: FilterChain.Filter) {
    switch handshake() {
    case .wantsRead, .wantsWrite: break
    case .done:
      listener.stats.tls.handshakes.add()
      if tls?.isResumed == true { listener.stats.tls.resumptions.add() }
      if filter.isShut(now: loop.now) { shut() } else { handOver(to: filter) }
    case .failed: linger()
    }
  }

  /// The filter has the connection from here on.
  private func handOver(to filter: FilterChain.Filter) {
    phase = .over
    loop.disarm(&timer)
    let session = tls
    let fd = detach()
    worker.remove(self)
    listener.carry(fd, session, peer, local, filter, asked: serverName)
  }

  /// The connection managers that it may still come to, though they were retired meanwhile.
  var destinations: [HTTPConnectionManager] {
    switch phase {
    case .inspecting: listener.isAccepting ? [] : listener.managers
    case .handshaking(.http(let manager)): [manager]
    case .handshaking(.tcp), .lingering, .over: []
    }
  }

  // MARK: endings

  private func linger() {
    phase = .lingering
    abandonSession()
    shutdownWrite()
    arm(after: .milliseconds(Self.lingerMilliseconds))
    dropInput()
  }

  private func dropInput() {
    let buffer = worker.buffers.acquire()
    defer { worker.buffers.release(buffer) }
    for _ in 0..<16 {
      buffer.clear()
      switch receive(into: buffer) {
      case .moved: continue
      case .wouldBlock: return
      case .endOfStream, .failed: return shut()
      }
    }
    shut()
  }

  /// Closes the connection and gives everything back.
  func shut() {
    if case .over = phase { return }
    phase = .over
    loop.disarm(&timer)
    close()
    worker.remove(self)
  }
}
