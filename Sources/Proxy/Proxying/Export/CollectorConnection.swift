import HTTP1
import HTTPModel
import Memory
import Platform
import Reactor
import Sockets

/// How one delivery to a collector ended.
enum DeliveryOutcome: Equatable {
  /// A response came: its status.
  case answered(Int)
  case failed(String)
}

/// A keep-alive connection to an OTLP/HTTP collector: one POST at a time. Control loop only.
final class CollectorConnection: StreamSocket {
  private let onOutcome: (DeliveryOutcome) -> Void
  private let output = ByteBuffer(capacity: 4096)
  private let input = ByteBuffer(capacity: 4096)
  private let head = ResponseHead()
  private var decoder = ResponseHeadDecoder(limits: HTTP1Limits())
  private var body: BodyDecoder?
  private let trailers = Trailers()
  private var isConnected = false
  private var isWaiting = false
  private var timer: TimerHandle?

  /// - Parameter onOutcome: called once for each `post`, and never after `shut`.
  init(taking fd: Int32, on loop: EventLoop, onOutcome: @escaping (DeliveryOutcome) -> Void) {
    self.onOutcome = onOutcome
    super.init(taking: fd, on: loop)
  }

  /// Sends one request; the outcome comes within `timeout`.
  func post(_ payload: [UInt8], path: String, authority: String, timeout: Duration) {
    isWaiting = true
    body = nil
    head.clear()
    output.append("POST \(path) HTTP/1.1\r\nhost: \(authority)\r\n")
    output.append("content-type: application/x-protobuf\r\nuser-agent: martlet\r\n")
    output.append("content-length: \(payload.count)\r\n\r\n")
    output.append(payload)
    timer = loop.arm(self, TimerKind(0), at: loop.now.advanced(by: timeout))
    if isConnected { flush() }
  }

  override func onTimer(_ kind: TimerKind) {
    timer = nil
    fail("timeout")
  }

  override func onSocketReady() {
    if !isConnected {
      guard canWrite || peerClosed else { return }
      guard connectOutcome() == 0 else { return fail("connection_refused") }
      isConnected = true
    }
    flush()
    readResponse()
  }

  private func flush() {
    while !output.isEmpty {
      switch send(from: output) {
      case .moved(let n): output.consume(n)
      case .wouldBlock: return
      case .endOfStream, .failed: return fail("connection_broken")
      }
    }
  }

  private func readResponse() {
    while isOpen {
      if isWaiting, !input.isEmpty, !decodeAvailable() { return }
      input.reserve(1024)
      switch receive(into: input) {
      case .moved:
        if !isWaiting { return fail("unexpected_bytes") }
      case .wouldBlock: return
      case .endOfStream, .failed: return fail("connection_closed")
      }
    }
  }

  /// Decodes what was read; false when the connection is over.
  private func decodeAvailable() -> Bool {
    let input = self.input
    do throws(HTTP1Fault) {
      if body == nil {
        switch try decoder.decode(input.readable, answering: .post, into: head) {
        case .needMoreBytes: return true
        case .head(let consumed): input.consume(consumed)
        }
        if head.isInterim {
          head.clear()
          return true
        }
        body = BodyDecoder(framing: head.framing, limits: HTTP1Limits())
        if head.framing == .none || head.framing == .length(0) { return finish() }
      }
      return try dropBody()
    } catch {
      fail("malformed_response")
      return false
    }
  }

  private func dropBody() throws(HTTP1Fault) -> Bool {
    let input = self.input
    while !input.isEmpty, body != nil {
      switch try body!.decode(input.readable, into: trailers) {
      case .needMoreBytes(let consumed):
        input.consume(consumed)
        return true
      case .data(let skipped, let count):
        input.consume(skipped + count)
        if body!.isEnded { return finish() }
      case .end(let consumed):
        input.consume(consumed)
        return finish()
      }
    }
    return true
  }

  private func finish() -> Bool {
    isWaiting = false
    disarm()
    let status = head.status
    if !head.keepsAlive { shut() }
    onOutcome(.answered(status))
    return isOpen
  }

  private func fail(_ cause: String) {
    let waited = isWaiting
    isWaiting = false
    shut()
    if waited { onOutcome(.failed(cause)) }
  }

  private func disarm() {
    if let timer { loop.disarm(timer) }
    timer = nil
  }

  func shut() {
    disarm()
    isWaiting = false
    close()
  }
}
