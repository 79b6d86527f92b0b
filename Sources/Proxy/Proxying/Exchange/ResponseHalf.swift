import Config
import HTTP1
import HTTPModel
import Memory

/// A response on its way to the client: how far it has come, and what of it was not sent yet. Reused;
/// owning worker only.
struct ResponseHalf {
  enum Phase {
    /// Nothing of it is encoded.
    case none
    /// Part of it is encoded and none was sent; nothing else waits in front of it.
    case encoded
    /// Part of it may have been sent.
    case onWire
    /// Its end is encoded.
    case ended
  }

  /// What is written and was not sent yet.
  let buffer = ByteBuffer(capacity: 0)
  private(set) var phase = Phase.none
  private var framing = BodyFraming.none
  private var names = HTTP1OptionsConfig.NameForm.received
  /// Bytes `buffer` holds from the first head on.
  private let capacity: Int
  /// Behind an unframed body; the worker's, to be sent at once.
  private(set) var trailers: Trailers?
  /// What of it had left when `markUnread` was last called.
  private var sentBefore: Int?

  init(capacity: Int) { self.capacity = capacity }

  mutating func begin() {
    phase = .none
    sentBefore = nil
  }

  /// Lets go of everything that is not reused.
  mutating func end() {
    buffer.clear()
    trailers = nil
  }

  // MARK: from upstream

  mutating func encodeInterim(
    _ head: ResponseHead, names: HTTP1OptionsConfig.NameForm
  ) {
    let start = buffer.count
    ResponseHeadEncoder.encodeInterim(head, into: buffer)
    if names != .received { names.rewriteNames(in: buffer, from: start, of: head) }
  }

  /// - Parameter names: how those of fields are written.
  /// - Returns: how its body is sent; `untilClose`: the connection must end behind it.
  mutating func encode(
    _ head: ResponseHead, answering request: RequestHead, keepsAlive: Bool,
    names: HTTP1OptionsConfig.NameForm
  ) -> BodyFraming {
    self.names = names
    let start = buffer.count
    phase = start == 0 ? .encoded : .onWire
    buffer.reserve(capacity: capacity)
    framing = ResponseHeadEncoder.encode(
      head, answering: request.method, to: request.version, keepsAlive: keepsAlive, into: buffer)
    if names != .received { names.rewriteNames(in: buffer, from: start, of: head) }
    return framing
  }

  /// A head behind which the connection is a tunnel. It is not taken back.
  mutating func encodeSwitch(
    _ head: ResponseHead, answering request: RequestHead,
    names: HTTP1OptionsConfig.NameForm
  ) {
    let start = buffer.count
    phase = .onWire
    buffer.reserve(capacity: capacity)
    framing = .none
    ResponseHeadEncoder.encodeSwitch(head, to: request.text(request.upgrade), into: buffer)
    if names != .received { names.rewriteNames(in: buffer, from: start, of: head) }
  }

  /// Makes ready for a body that is framed by whoever sends it. A small one, which its client may let wait
  /// as long as any, gets a small buffer.
  /// - Parameter body: its framing; `none`: there is none.
  mutating func encodeUnframed(_ body: BodyFraming) {
    phase = .encoded
    framing = .none
    buffer.reserve(capacity: Self.isSmall(body) ? Self.smallBufferBytes : capacity)
  }

  /// A body that takes hardly more memory than its head.
  static func isSmall(_ body: BodyFraming) -> Bool {
    switch body {
    case .none: true
    case .length(let count): count <= smallBodyBytes
    case .chunked, .untilClose: false
    }
  }

  private static let smallBodyBytes: UInt64 = 960
  /// Always with room, which for a body is 1 KiB at least.
  private static let smallBufferBytes = 2048

  /// Bytes of body that may be given now; 0 for too few to be worth it.
  mutating func room() -> Int {
    if buffer.room == 0 { buffer.compact() }
    return buffer.room
  }

  mutating func append(_ bytes: Span<UInt8>) {
    if bytes.count > buffer.writableCount { makeRoom(for: bytes.count) }
    if framing == .chunked {
      BodyEncoder.encodeChunk(bytes, into: buffer)
    } else {
      buffer.append(bytes)
    }
  }

  /// An endpoint over HTTP/2 sends as much as its stream's window has room for. The buffer grows to that at
  /// once, as it keeps the blocks that it grew out of.
  private func makeRoom(for count: Int) {
    buffer.compact()
    if count > buffer.writableCount { buffer.reserve(capacity: capacity * 4) }
  }

  mutating func encodeEnd(trailers: Trailers?) {
    if framing == .chunked {
      let start = buffer.count
      BodyEncoder.encodeEnd(trailers: trailers, into: buffer)
      if names != .received, let trailers {
        names.rewriteNames(in: buffer, from: start, of: trailers)
      }
    }
    self.trailers = trailers
    phase = .ended
  }

  // MARK: to downstream

  mutating func onSent(_ count: Int) {
    buffer.consume(count)
    onHeadSent()
  }

  /// The client may see the head.
  mutating func onHeadSent() { if phase == .encoded { phase = .onWire } }

  /// Notes how much the client has taken.
  /// - Parameter given: bytes of body so far.
  /// - Returns: whether some of it waits for the client, as it did when this was last noted, and none was
  ///   taken since.
  mutating func markUnread(given: UInt64) -> Bool {
    guard phase != .none, phase == .ended || !buffer.isEmpty else {
      sentBefore = nil
      return false
    }
    let sent = Int(clamping: given) - buffer.count
    defer { sentBefore = sent }
    return sentBefore == sent
  }

  /// Takes it back while the client has seen nothing of it, so that another can take its place; false
  /// when it may have.
  mutating func withdraw() -> Bool {
    guard phase == .encoded else { return false }
    phase = .none
    buffer.clear()
    return true
  }
}
