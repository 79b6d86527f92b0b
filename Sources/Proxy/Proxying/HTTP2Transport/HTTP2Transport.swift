import Config
import HTTP2
import Memory
import Reactor
import Sockets

/// Who has an HTTP/2 connection carried over its socket.
protocol HTTP2TransportOwner: HTTP2SessionDelegate {
  func received(_ count: Int)
  func sent(_ count: Int)
  /// The socket is closed or broken, or the peer broke the protocol as the text says.
  func onTransportGone(_ fault: HTTP2ConnectionFault?)
  /// All that there was to send is sent.
  func onTransportDrained()
}

/// Carries one HTTP/2 session over a socket. What streams have to say within one turn of the loop goes out
/// in one write. It holds no buffer while nothing moves. Owning worker only.
final class HTTP2Transport {
  /// Reads of one turn before other connections get theirs.
  private static let readsPerTurn = 16

  let session: HTTP2Session
  private unowned let socket: StreamSocket
  private unowned let owner: any HTTP2TransportOwner
  private let buffers: BufferPool
  private var input: ByteBuffer?
  private var output: ByteBuffer?
  private var touchedStreams: [HTTP2ProxyStream] = []
  /// Those being settled; empty in between, as only its memory is kept.
  private var settlingStreams: [HTTP2ProxyStream] = []
  private var isFlushPending = false
  private var isIgnoring = false
  private var keepAlive: HTTP2KeepAlive?

  init(
    _ session: HTTP2Session, over socket: StreamSocket, owner: any HTTP2TransportOwner,
    _ buffers: BufferPool
  ) {
    self.session = session
    self.socket = socket
    self.owner = owner
    self.buffers = buffers
  }

  /// Sends PINGs, from now on until the end.
  func keepAlive(_ settings: HTTP2OptionsConfig.KeepAlive) {
    keepAlive = HTTP2KeepAlive(
      settings, on: socket.loop,
      ask: { [unowned self] in
        session.ping()
        flushSoon()
      },
      giveUp: { [unowned self] in
        owner.onTransportGone(HTTP2ConnectionFault("no answer to a PING"))
      })
  }

  /// The peer answered a PING.
  func pingAcknowledged() { keepAlive?.answered() }

  /// Bytes that were produced and are not sent.
  var unsentCount: Int { output?.count ?? 0 }

  // MARK: receiving

  /// Takes bytes that were read elsewhere, with their buffer.
  func receive(_ bytes: ByteBuffer) {
    input = bytes
    take(bytes)
    release(&input)
  }

  private func take(_ buffer: ByteBuffer) {
    if isIgnoring { return buffer.clear() }
    do throws(HTTP2ConnectionFault) {
      try session.receive(buffer, now: socket.loop.now)
    } catch { owner.onTransportGone(error) }
  }

  /// Reads what there is.
  func receive() {
    let buffer = buffers.hold(&input)
    for _ in 0..<Self.readsPerTurn {
      if buffer.isEmpty {
        switch socket.receive(into: buffer) {
        case .moved(let n): owner.received(n)
        case .wouldBlock:
          release(&input)
          settle()
          return flushSoon()
        case .endOfStream, .failed:
          // One that broke the protocol may still read that it did.
          if session.isTerminating { flush() }
          if socket.isOpen { owner.onTransportGone(nil) }
          return
        }
      }
      take(buffer)
      guard socket.isOpen else { return }
      if session.isTerminating { ignoreInput() }
      // The rest is for the next turn.
      if !buffer.isEmpty { break }
    }
    settle()
    flushSoon()
  }

  /// Only our last words are of interest from now on: what comes in is dropped.
  func ignoreInput() {
    isIgnoring = true
    touchedStreams = []
  }

  // MARK: sending

  /// Sends what there is at the end of this turn.
  func flushSoon() {
    guard !isFlushPending, socket.isOpen else { return }
    isFlushPending = true
    socket.loop.runSoon(socket)
  }

  /// The socket's turn has come.
  func onTurn() {
    if isFlushPending { flush() }
    if socket.isOpen, socket.canRead || input?.isEmpty == false { receive() }
  }

  func flush() {
    let buffer = buffers.hold(&output)
    repeat {
      isFlushPending = false
      var isDone = false
      repeat {
        do throws(HTTP2ConnectionFault) {
          isDone = try session.produce(into: buffer, now: socket.loop.now)
        } catch { return owner.onTransportGone(error) }
        guard send(buffer) else { return }
      } while !isDone
      settle()
    } while isFlushPending && socket.isOpen
    guard socket.isOpen else { return }
    release(&output)
    owner.onTransportDrained()
  }

  /// False when not all of it could be sent now.
  private func send(_ buffer: ByteBuffer) -> Bool {
    while !buffer.isEmpty {
      switch socket.send(from: buffer) {
      case .moved(let n):
        buffer.consume(n)
        owner.sent(n)
      case .wouldBlock: return false
      case .endOfStream, .failed:
        owner.onTransportGone(nil)
        return false
      }
    }
    return socket.isOpen
  }

  // MARK: streams

  /// The stream's body moved: it is settled once this turn's bytes are read or sent.
  func touched(_ stream: HTTP2ProxyStream) { touchedStreams.append(stream) }

  private func settle() {
    while !touchedStreams.isEmpty {
      swap(&touchedStreams, &settlingStreams)
      for stream in settlingStreams { stream.settleOnce() }
      settlingStreams.removeAll(keepingCapacity: true)
    }
  }

  func forEachStream(_ body: (HTTP2ProxyStream) -> Void) {
    session.forEachStream { if let stream = $0 as? HTTP2ProxyStream { body(stream) } }
  }

  // MARK: endings

  /// Gives everything back.
  func end() {
    session.end()
    touchedStreams = []
    keepAlive?.stop()
    keepAlive = nil
    if let spent = input.take() { buffers.release(spent) }
    if let spent = output.take() { buffers.release(spent) }
  }

  private func release(_ held: inout ByteBuffer?) {
    guard let spent = held, spent.isEmpty else { return }
    held = nil
    buffers.release(spent)
  }
}
