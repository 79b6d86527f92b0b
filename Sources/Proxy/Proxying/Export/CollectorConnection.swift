import HTTP1
import HTTPModel
import Memory
import Platform
import Reactor
import Sockets

/// How one delivery to a collector ended.
enum DeliveryOutcome: Equatable {
  /// A whole response came.
  case answered(CollectorAnswer)
  case failed(String)
}

extension DeliveryOutcome: CustomStringConvertible {
  var description: String {
    switch self {
    case .answered(let answer): "status \(answer.status)"
    case .failed(let cause): cause
    }
  }
}

/// What a collector answered.
struct CollectorAnswer: Equatable {
  var status: Int
  /// `retry-after` in seconds; nil when it is absent or a date.
  var retryAfter: Duration?
  /// The body's first bytes.
  var body: [UInt8] = []
}

/// A keep-alive connection to an OTLP/HTTP collector: one POST at a time. Control loop only.
final class CollectorConnection: StreamSocket {
  /// Of a body, no more is kept.
  private static let maxBodyBytes = 4096

  private let onOutcome: (DeliveryOutcome) -> Void
  private let output = ByteBuffer(capacity: 4096)
  private let input = ByteBuffer(capacity: 4096)
  private let head = ResponseHead()
  private var decoder = ResponseHeadDecoder(limits: HTTP1Limits())
  /// nil until the response's head has come.
  private var body: BodyDecoder?
  private var bodyBytes: [UInt8] = []
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
    bodyBytes = []
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

  // MARK: the response

  private func readResponse() {
    while isOpen {
      if isWaiting, !input.isEmpty { decodeAvailable() }
      guard isOpen else { return }
      input.reserve(1024)
      switch receive(into: input) {
      case .moved:
        if !isWaiting { return fail("unexpected_bytes") }
      case .wouldBlock: return
      case .endOfStream: return onEndOfStream()
      case .failed: return fail("connection_broken")
      }
    }
  }

  /// Decodes what was read.
  private func decodeAvailable() {
    do throws(HTTP1Fault) {
      while body == nil { guard try decodeHead() else { return } }
      try decodeBody()
    } catch { fail("malformed_response") }
  }

  /// Decodes one head, interim or final; false when more bytes are needed.
  private func decodeHead() throws(HTTP1Fault) -> Bool {
    let input = self.input
    switch try decoder.decode(input.readable, answering: .post, into: head) {
    case .needMoreBytes: return false
    case .head(let consumed): input.consume(consumed)
    }
    if head.isInterim {
      head.clear()
    } else {
      body = BodyDecoder(framing: head.framing, limits: HTTP1Limits())
    }
    return true
  }

  private func decodeBody() throws(HTTP1Fault) {
    let input = self.input
    while body?.isEnded == false {
      switch try body!.decode(input.readable, into: trailers) {
      case .needMoreBytes(let consumed): return input.consume(consumed)
      case .data(let skipped, let count):
        input.consume(skipped)
        keep(count)
        input.consume(count)
      case .end(let consumed): input.consume(consumed)
      }
    }
    finish()
  }

  private func keep(_ count: Int) {
    let kept = min(count, Self.maxBodyBytes - bodyBytes.count)
    let input = self.input
    for index in 0..<kept { bodyBytes.append(input.readable[index]) }
  }

  /// A body without a length ends here; anything else is cut.
  private func onEndOfStream() {
    do throws(HTTP1Fault) {
      guard isWaiting, body != nil else { return fail("connection_closed") }
      try body!.finish()
    } catch { return fail("connection_closed") }
    finish()
  }

  private func finish() {
    let answer = CollectorAnswer(
      status: head.status, retryAfter: head.retryAfter, body: bodyBytes)
    isWaiting = false
    loop.disarm(&timer)
    if !head.keepsAlive { shut() }
    onOutcome(.answered(answer))
  }

  private func fail(_ cause: String) {
    let waited = isWaiting
    shut()
    if waited { onOutcome(.failed(cause)) }
  }

  func shut() {
    loop.disarm(&timer)
    isWaiting = false
    close()
  }
}

extension ResponseHead {
  fileprivate var retryAfter: Duration? {
    for index in 0..<fieldCount where name(at: index).equalsIgnoringCase("retry-after") {
      return value(at: index).decimalValue.map { .seconds(Int64(clamping: $0)) }
    }
    return nil
  }
}
