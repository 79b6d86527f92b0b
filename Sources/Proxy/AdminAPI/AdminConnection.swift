import HTTP1
import HTTPModel
import Memory
import Platform
import Reactor
import Sockets

/// One connection to the admin listener; requests are answered one after the other.
final class AdminConnection: StreamSocket {
  /// For the next request, or for the client to take an answer.
  private static let idleMilliseconds: UInt64 = 60_000
  /// From a request's first byte to its last.
  private static let requestMilliseconds: UInt64 = 10_000

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
  /// An answer is on its way from the workers.
  private var awaitsAnswer = false
  private var closesWhenSent = false
  /// Bytes of a request have come, though not all.
  private var isInRequest = false
  private var timer: TimerHandle?
  /// When the connection began, or was last answered on.
  private(set) var idleSince: MonotonicInstant

  init(
    taking fd: Int32, on loop: EventLoop, source: AdminSource,
    onClosed: @escaping (AdminConnection) -> Void
  ) {
    self.source = source
    self.onClosed = onClosed
    idleSince = loop.now
    super.init(taking: fd, on: loop)
    arm(milliseconds: Self.idleMilliseconds)
  }

  private func arm(milliseconds: UInt64) {
    loop.disarm(&timer)
    timer = loop.arm(self, TimerKind(0), at: loop.now.advanced(byMilliseconds: milliseconds))
  }

  override func onTimer(_ kind: TimerKind) {
    timer = nil
    shut()
  }

  override func onTurn() { onSocketReady() }

  /// One answer a turn, so that no client keeps the loop to itself; while it is not taken, the client's
  /// next requests wait in the kernel.
  override func onSocketReady() {
    flush()
    while isOpen, output.isEmpty, !awaitsAnswer {
      if advance() {
        if output.isEmpty { continue }
        flush()
        return loop.runSoon(self)
      }
      input.reserve(1024)
      switch receive(into: input) {
      case .moved: break
      case .wouldBlock: return
      case .endOfStream, .failed: return shut()
      }
    }
  }

  /// One step through the input, which may give an answer; false when more bytes are needed.
  private func advance() -> Bool {
    let input = self.input
    guard !input.isEmpty else { return false }
    if !isInRequest {
      isInRequest = true
      arm(milliseconds: Self.requestMilliseconds)
    }
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
      return true
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
    isInRequest = false
    idleSince = loop.now
    arm(milliseconds: Self.idleMilliseconds)
    awaitsAnswer = true
    var isAtOnce = true
    AdminRequest(head).answer(from: source) { [weak self] response in
      guard let self, isOpen else { return }
      awaitsAnswer = false
      send(response, closes: !head.keepsAlive)
      head.clear()
      if !isAtOnce { loop.runSoon(self) }
    }
    isAtOnce = false
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
    loop.disarm(&timer)
    close()
    onClosed(self)
  }
}

extension ResponseHead {
  fileprivate func add(_ name: String, _ value: String) {
    add(.other, name: Array(name.utf8).span, value: Array(value.utf8).span)
  }
}
