import HTTP1
import HTTPModel
import Memory
import Platform
import Reactor
import Sockets

/// One connection to the admin listener; requests are answered one after the other.
final class AdminConnection: StreamSocket {
  private static let idleMilliseconds: UInt64 = 60_000

  private let source: AdminSource
  private let onClosed: (AdminConnection) -> Void
  private let input = ByteBuffer(capacity: 8 * 1024)
  private let output = ByteBuffer(capacity: 8 * 1024)
  private let head = RequestHead()
  private var decoder = RequestHeadDecoder(limits: HTTP1Limits(maxHeadBytes: 8 * 1024))
  private var body = BodyDecoder(framing: .none, limits: HTTP1Limits())
  private let trailers = Trailers()
  /// A head was decoded; its body, which is dropped, is still arriving.
  private var isReadingBody = false
  private var closesWhenSent = false
  private var idleTimer: TimerHandle?

  init(
    taking fd: Int32, on loop: EventLoop, source: AdminSource,
    onClosed: @escaping (AdminConnection) -> Void
  ) {
    self.source = source
    self.onClosed = onClosed
    super.init(taking: fd, on: loop)
    armIdleTimer()
  }

  private func armIdleTimer() {
    if let idleTimer { loop.disarm(idleTimer) }
    idleTimer = loop.arm(
      self, TimerKind(0), at: loop.now.advanced(byMilliseconds: Self.idleMilliseconds))
  }

  override func onTimer(_ kind: TimerKind) {
    idleTimer = nil
    shut()
  }

  override func onSocketReady() {
    flush()
    while isOpen, !closesWhenSent {
      while advance() {}
      flush()
      guard isOpen, !closesWhenSent else { return }
      input.reserve(1024)
      switch receive(into: input) {
      case .moved: armIdleTimer()
      case .wouldBlock: return
      case .endOfStream, .failed: return shut()
      }
    }
  }

  /// One step through the input; false when more bytes are needed.
  private func advance() -> Bool {
    let input = self.input
    guard !closesWhenSent, !input.isEmpty else { return false }
    do throws(HTTP1Fault) {
      if isReadingBody { return try advanceBody() }
      switch try decoder.decode(input.readable, into: head) {
      case .needMoreBytes: return false
      case .head(let consumed):
        input.consume(consumed)
        body = BodyDecoder(framing: head.framing, limits: HTTP1Limits())
        isReadingBody = true
        if head.framing == .none || head.framing == .length(0) { answer() }
        return true
      }
    } catch {
      send(AdminResponse(status: error.status, text: "\(error.reason)\n"), closes: true)
      return false
    }
  }

  private func advanceBody() throws(HTTP1Fault) -> Bool {
    let input = self.input
    switch try body.decode(input.readable, into: trailers) {
    case .needMoreBytes(let consumed):
      input.consume(consumed)
      return false
    case .data(let skipped, let count):
      input.consume(skipped + count)
      if body.isEnded { answer() }
      return true
    case .end(let consumed):
      input.consume(consumed)
      answer()
      return true
    }
  }

  private func answer() {
    isReadingBody = false
    let request = AdminRequest(head)
    send(request.answer(from: source), closes: !head.keepsAlive)
    head.clear()
  }

  private func send(_ response: AdminResponse, closes: Bool) {
    output.append("HTTP/1.1 \(response.status) \(response.reason)\r\n")
    output.append("content-type: \(response.contentType)\r\n")
    output.append("content-length: \(response.body.count)\r\ncache-control: no-store\r\n")
    output.append(closes ? "connection: close\r\n\r\n" : "\r\n")
    if head.method != .head { output.append(response.body) }
    closesWhenSent = closes
  }

  private func flush() {
    while !output.isEmpty {
      switch send(from: output) {
      case .moved(let n): output.consume(n)
      case .wouldBlock: return
      case .endOfStream, .failed: return shut()
      }
    }
    if closesWhenSent { shut() }
  }

  func shut() {
    guard isOpen else { return }
    if let idleTimer { loop.disarm(idleTimer) }
    idleTimer = nil
    close()
    onClosed(self)
  }
}
