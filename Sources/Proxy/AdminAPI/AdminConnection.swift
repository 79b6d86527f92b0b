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
  private let responseHead = ResponseHead()
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

  /// One answer at a time: while the client does not take it, its next requests wait in the kernel.
  override func onSocketReady() {
    while isOpen {
      flush()
      guard isOpen, output.isEmpty else { return }
      if advance() { continue }
      guard output.isEmpty else { continue }
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
    responseHead.clear()
    responseHead.status = response.status
    responseHead.framing = .length(UInt64(response.body.count))
    responseHead.add("content-type", response.contentType)
    responseHead.add("cache-control", "no-store")
    if let method = response.allow { responseHead.add("allow", method) }
    _ = ResponseHeadEncoder.encode(
      responseHead, answering: head.method, to: head.version, keepsAlive: !closes, into: output)
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

extension ResponseHead {
  fileprivate func add(_ name: String, _ value: String) {
    add(.other, name: Array(name.utf8).span, value: Array(value.utf8).span)
  }
}
