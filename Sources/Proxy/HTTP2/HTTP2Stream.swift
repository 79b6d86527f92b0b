import HTTPModel
import Memory
import Platform

/// One request and its response on an HTTP/2 connection: what subclasses are told of it, and what they
/// have to send. Owning worker only.
open class HTTP2Stream {
  /// Where its incoming head goes: a request's on a server, a response's on a client.
  enum Head {
    case request(RequestHead)
    case response(ResponseHead, answering: HTTPMethod)
  }

  /// nil once it was read: the stream may outlive what the head is kept for.
  final var head: Head?
  /// 0 before it is opened.
  public internal(set) final var id: Int32 = 0
  final var opened = MonotonicInstant(nanoseconds: 0)
  /// Its place among the session's streams.
  final var slot = 0
  final var incoming = IncomingMessage()
  /// Its message was malformed: nothing that still comes is handed over.
  final var isDeaf = false
  /// RST_STREAM of ours is on its way out, or was sent.
  final var isResetByUs = false
  /// The head says that no body follows, and the end has yet to show it; it is handed over then.
  public internal(set) final var isHeadHeld = false
  /// Bytes of body that were handed over and not consumed; they still fill the peer's window.
  public internal(set) final var unconsumedBytes = 0

  /// The body to be sent, unframed; nil before the head was sent with one.
  public internal(set) final var outgoing: ByteBuffer?
  /// `outgoing` holds the last of the body.
  public internal(set) final var isOutgoingComplete = false
  final var outgoingTrailers: Trailers?

  /// A stream of a server, whose request's head is written to `request`.
  public init(request: RequestHead) { head = .request(request) }

  /// A stream of a client, whose response's head is written to `response`.
  public init(response: ResponseHead, answering method: HTTPMethod) {
    head = .response(response, answering: method)
  }

  /// Hands over a head that was held.
  /// - Returns: false when none was.
  @discardableResult
  final func releaseHead(ended: Bool) -> Bool {
    guard isHeadHeld else { return false }
    isHeadHeld = false
    onHead(ended: ended)
    return true
  }

  /// The head is whole; an interim response's may come more than once.
  /// - Parameter ended: nothing follows it.
  open func onHead(ended: Bool) {}

  /// Bytes of the body. The peer sends no more than a window of them until they are consumed.
  open func onBody(_ bytes: Span<UInt8>) {}

  /// The peer has said its last.
  open func onEnd(trailers: Trailers?) {}

  /// The message is malformed. The stream is being reset, but for a request that gets a response with
  /// the fault's `status`; nothing but `onClosed` follows.
  open func onFault(_ fault: HTTP2Fault) {}

  /// So many bytes of `outgoing` stand in a frame, and are to be dropped.
  open func onBodySent(_ count: Int) {}

  /// The last frame of our message stands in the output.
  open func onEndSent() {}

  /// The stream is over on both sides, or was reset by either.
  open func onClosed(_ code: HTTP2ErrorCode) {}
}

/// How far a message has come in (RFC 9113 section 8.1). A value.
struct IncomingMessage {
  private enum Phase { case head, body, over }

  private var phase = Phase.head
  private var framing = BodyFraming.none
  private var received: UInt64 = 0

  /// A header block begins: whether it is a trailer section.
  var expectsTrailers: Bool { phase != .head }

  /// A final head was read.
  mutating func beginBody(_ framing: BodyFraming) {
    phase = .body
    self.framing = framing
  }

  /// Bytes of body came.
  mutating func receive(_ count: Int) throws(HTTP2Fault) {
    if count == 0 { return }
    if phase == .head { throw .dataBeforeHead }
    received &+= UInt64(count)
    switch framing {
    case .none: throw .bodyForbidden
    case .length(let length): if received > length { throw .lengthDiffers }
    case .chunked, .untilClose: break
    }
  }

  /// The peer's last frame came.
  mutating func end() throws(HTTP2Fault) {
    if phase == .head { throw .dataBeforeHead }
    phase = .over
    if case .length(let length) = framing, received != length { throw .lengthDiffers }
  }
}
