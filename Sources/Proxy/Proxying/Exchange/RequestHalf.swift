import Config
import HTTP1
import HTTPModel
import Memory

/// A request on its way to an endpoint: how far it has come, and what is left of it to be sent once more.
/// Reused; owning worker only.
struct RequestHalf {
  enum Phase {
    /// More of it is to be read.
    case arriving
    /// It was read to its end.
    case whole
    /// It was sent to its last byte.
    case sent
  }

  /// What `buffer` holds of it.
  private enum Copy {
    /// Nothing: it goes nowhere, or nowhere yet.
    case none
    /// All that was read; nothing was sent.
    case unsent
    /// All that was read; some was sent.
    case kept
    /// What was not sent, or there is no use in sending it again.
    case rest
  }

  /// What is encoded, and behind what was sent is still to be sent.
  let buffer = ByteBuffer(capacity: 0)
  private(set) var phase = Phase.arriving
  private var copy = Copy.none
  private var isChunked = false
  private var isFramed = true
  /// How the names of fields are written over HTTP/1.
  var names = HTTP1OptionsConfig.NameForm.received
  /// What was read behind a request for a tunnel that is not open yet.
  private var held: ByteBuffer?
  private var isHeldEnded = false
  /// Behind an unframed body.
  private(set) var trailers: Trailers?
  /// Bytes of the encoded head at the start of `buffer`.
  private var headCount = 0
  private let buffers: BufferPool

  init(buffers: BufferPool) { self.buffers = buffers }

  /// What is read of the body goes to `buffer`.
  var isSending: Bool { copy != .none }
  /// All that was read of it can be sent from the beginning.
  var canReplay: Bool { copy == .unsent || copy == .kept }

  /// Something follows, or may follow, its unframed head.
  var hasBody: Bool { phase == .arriving || !buffer.isEmpty || trailers != nil }

  mutating func begin() { phase = .arriving }

  /// Lets go of everything that is not reused.
  mutating func end() {
    copy = .none
    trailers = nil
    buffer.clear()
    held = nil
  }

  // MARK: from downstream

  /// Puts the head in front of what was read of the body so far. To be called again when the request is
  /// to be sent once more.
  /// - Parameter framed: as HTTP/1 has it; else `buffer` holds nothing but body.
  mutating func encode(_ head: RequestHead, framed: Bool) {
    switch copy {
    case .none:
      buffer.reserve(capacity: buffers.bufferCapacity)
      isFramed = framed
      encodeHead(head)
    case .unsent where !framed && !isFramed: break
    case .unsent, .kept: encodeAgain(head, framed: framed)
    case .rest: preconditionFailure("a request is sent again only while all of it is there")
    }
  }

  private mutating func encodeHead(_ head: RequestHead) {
    copy = .unsent
    isChunked = isFramed && head.framing == .chunked
    guard isFramed else { return headCount = 0 }
    // A large one finds its room at once, as a buffer keeps the blocks that it grew out of.
    buffer.reserve(head.bytes.count)
    RequestHeadEncoder.encode(head, acceptsTrailers: head.acceptsTrailers, into: buffer)
    if names != .received { names.rewriteNames(in: buffer, from: 0, of: head) }
    headCount = buffer.count
  }

  private mutating func encodeAgain(_ head: RequestHead, framed: Bool) {
    let request = buffer
    let body = buffers.acquire()
    request.rewind()
    let encoded = request.readable.extracting(headCount..<request.count)
    if isChunked, !framed { unframe(encoded, into: body) } else { body.append(encoded) }
    let gainsFrames = framed && !isFramed
    isFramed = framed
    request.clear()
    encodeHead(head)
    if phase == .sent { phase = .whole }
    if gainsFrames { frame(body) } else { request.append(body.readable) }
    buffers.release(body)
  }

  /// Puts a body into the form of HTTP/1 that its head tells of.
  private mutating func frame(_ body: ByteBuffer) {
    if !body.isEmpty { append(body.readable) }
    if phase != .arriving { encodeEnd(trailers: trailers.take()) }
  }

  /// Takes the frames from a chunked body of our own making.
  private mutating func unframe(_ encoded: Span<UInt8>, into body: ByteBuffer) {
    var decoder = BodyDecoder(framing: .chunked, limits: HTTP1Limits())
    let fields = Trailers()
    var position = 0
    while case .data(let skipped, let count)? = try? decoder.decode(
      encoded.extracting(position...), into: fields)
    {
      let start = position + skipped
      position = start + count
      body.append(encoded.extracting(start..<position))
    }
    trailers = decoder.isEnded && fields.fieldCount > 0 ? fields : nil
  }

  /// Bytes of body that may be given now; 0 for too few to be worth it.
  var room: Int { isSending ? buffer.room : 0 }

  /// Makes room, for which what was sent is let go of.
  mutating func makeRoom() {
    if copy == .kept { copy = .rest }
    buffer.compact()
  }

  mutating func append(_ bytes: Span<UInt8>) {
    if isChunked { BodyEncoder.encodeChunk(bytes, into: buffer) } else { buffer.append(bytes) }
  }

  /// It was read to its end.
  mutating func onEnd() { phase = .whole }

  mutating func encodeEnd(trailers: Trailers?) {
    guard isSending, isChunked || !isFramed else { return }
    guard isFramed else { return keep(trailers) }
    // Trailers may need more room than is kept free.
    if trailers != nil { makeRoom() }
    let start = buffer.count
    BodyEncoder.encodeEnd(trailers: trailers, into: buffer)
    if names != .received, let trailers {
      names.rewriteNames(in: buffer, from: start, of: trailers)
    }
  }

  /// They follow an unframed body once it is sent.
  private mutating func keep(_ trailers: Trailers?) {
    guard let trailers else { return }
    let copy = Trailers()
    copy.copy(trailers)
    self.trailers = copy
  }

  // MARK: tunnel

  /// It asks for a tunnel: the request is whole. What follows is kept for as long as nobody has agreed to
  /// read it as anything else.
  /// - Parameter isEnded: nothing follows.
  mutating func holdBack(isEnded: Bool) {
    phase = .whole
    isHeldEnded = isEnded
  }

  /// Bytes behind a request for a tunnel.
  mutating func hold(_ bytes: Span<UInt8>) {
    let held = self.held ?? buffers.acquire()
    held.append(bytes)
    self.held = held
  }

  /// Nothing more follows a request for a tunnel.
  mutating func holdEnd() { isHeldEnded = true }

  /// The tunnel is open: what follows the request has no frames, and an end of its own.
  mutating func reopen() {
    copy = .rest
    isChunked = false
    if let held = held.take() {
      buffer.append(held.readable)
      buffers.release(held)
    }
    phase = isHeldEnded ? .whole : .arriving
  }

  /// Bytes that were read and not sent on.
  var unsentCount: Int { (isSending ? buffer.count : 0) + (held?.count ?? 0) }

  // MARK: to upstream

  mutating func onSent(_ count: Int) {
    if copy == .unsent { copy = .kept }
    if copy == .kept { buffer.advance(count) } else { buffer.consume(count) }
  }

  /// Everything encoded so far was sent.
  mutating func onDrained() { if phase == .whole { phase = .sent } }

  /// The endpoint has begun to answer: it acts on the request.
  mutating func onAnswer() { if isSending { copy = .rest } }
}
