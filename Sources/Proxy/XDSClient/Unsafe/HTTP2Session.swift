import CNGHTTP2
import Memory

/// What happened on an HTTP/2 connection, in the order in which it did.
enum HTTP2Event: Equatable {
  struct Field: Equatable {
    var name: String
    var value: String
  }

  /// The peer speaks HTTP/2: its SETTINGS came.
  case settings
  /// A head, or trailers; `isLast` when the stream ends with it.
  case headers([Field], isLast: Bool)
  case data([UInt8])
  /// The peer's half of the stream ended with its data.
  case streamEnded
  /// The stream is over; zero is no error.
  case streamClosed(errorCode: UInt32)
  case goAway(errorCode: UInt32, debug: String)
  case pingAcknowledged
}

/// Why an HTTP/2 connection cannot go on.
struct HTTP2Fault: Error, Equatable, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }

  init(code: Int32) {
    // SAFETY: nghttp2_strerror answers with a static C string.
    self.init(unsafe String(cString: nghttp2_strerror(code)))
  }
}

/// The client half of an HTTP/2 connection with one stream: bytes in, events out, and back. It does
/// no I/O. Owning thread only.
@safe
final class HTTP2Session {
  private static let windowBytes: Int32 = 1 << 20
  /// Longest field section taken, in bytes of names and values.
  static let maxHeaderBytes = 64 << 10

  // SAFETY: made in init, deleted in deinit, never leaves this file. nghttp2 holds `self` as its
  // user data and calls back only within calls made on the living session.
  private var session: OpaquePointer?
  var events: [HTTP2Event] = []
  var fields: [HTTP2Event.Field] = []
  var fieldBytes = 0
  /// What nghttp2 said is wrong with the peer's bytes; empty when it said nothing.
  var complaint = ""
  private var outgoing: [UInt8] = []
  private var outgoingStart = 0
  private(set) var stream: Int32 = 0

  init() throws(HTTP2Fault) {
    var callbacks: OpaquePointer?
    // SAFETY: nghttp2 copies the callbacks into the session, so that they may go at once.
    guard unsafe nghttp2_session_callbacks_new(&callbacks) == 0 else {
      throw HTTP2Fault("out of memory")
    }
    unsafe setCallbacks(callbacks)
    let code = unsafe nghttp2_session_client_new(
      &session, callbacks, Unmanaged.passUnretained(self).toOpaque())
    unsafe nghttp2_session_callbacks_del(callbacks)
    guard code == 0 else { throw HTTP2Fault(code: code) }
    try submitSettings()
  }

  // SAFETY: the session is this object's alone and nothing is called on it later.
  deinit { unsafe nghttp2_session_del(session) }

  // MARK: inbound

  /// Takes the buffer's bytes, which the peer sent; gives what they came to.
  func receive(_ bytes: ByteBuffer) throws(HTTP2Fault) -> [HTTP2Event] {
    // SAFETY: the buffer shows its bytes for the call.
    let taken = unsafe bytes.readUnsafely {
      unsafe nghttp2_session_mem_recv(
        session, $0.baseAddress?.assumingMemoryBound(to: UInt8.self), $0.count)
    }
    bytes.clear()
    guard taken >= 0 else { throw HTTP2Fault(code: Int32(taken)) }
    defer { events.removeAll(keepingCapacity: true) }
    return events
  }

  /// Nothing more can come or go: the peer broke the protocol, or everything is said.
  var isOver: Bool {
    // SAFETY: the session lives.
    unsafe nghttp2_session_want_read(session) == 0 && nghttp2_session_want_write(session) == 0
  }

  // MARK: outbound

  /// Opens the stream; its body is what `send` gets.
  func openStream(_ fields: [HTTP2Event.Field]) throws(HTTP2Fault) {
    // SAFETY: nghttp2 copies the list and the provider within the call; the function lives for ever.
    var provider = unsafe nghttp2_data_provider()
    unsafe provider.read_callback = onBodyWanted
    let code = unsafe withFieldList(fields) { list, count in
      unsafe nghttp2_submit_request(session, nil, list, count, &provider, nil)
    }
    guard code >= 0 else { throw HTTP2Fault(code: code) }
    stream = code
  }

  /// Adds bytes to the stream's body.
  func send(_ bytes: [UInt8]) {
    outgoing += bytes
    // SAFETY: the session lives; a stream that is not deferred is left as it is.
    _ = unsafe nghttp2_session_resume_data(session, stream)
  }

  /// Asks for a sign of life; `pingAcknowledged` is its answer.
  func ping() {
    // SAFETY: the session lives; without a payload nghttp2 sends zeros.
    _ = unsafe nghttp2_submit_ping(session, UInt8(NGHTTP2_FLAG_NONE.rawValue), nil)
  }

  /// Moves at least `count` bytes for the peer into the buffer, as far as there are any.
  func produce(into buffer: ByteBuffer, atLeast count: Int) throws(HTTP2Fault) {
    while buffer.count < count {
      var chunk: UnsafePointer<UInt8>?
      // SAFETY: nghttp2 points to bytes of its own, which stay until its next call; they are copied.
      let n = unsafe nghttp2_session_mem_send(session, &chunk)
      guard n >= 0 else { throw HTTP2Fault(code: Int32(n)) }
      guard n > 0, let chunk = unsafe chunk else { return }
      unsafe buffer.append(Span(_unsafeStart: chunk, count: n))
    }
  }

  /// Fills nghttp2's frame with body bytes; nil when there are none yet.
  func takeBody(into target: UnsafeMutableBufferPointer<UInt8>) -> Int? {
    let count = min(target.count, outgoing.count - outgoingStart)
    guard count > 0 else { return nil }
    for index in 0..<count {
      // SAFETY: index < count <= target.count.
      unsafe target[index] = outgoing[outgoingStart + index]
    }
    outgoingStart += count
    if outgoingStart == outgoing.count {
      outgoing.removeAll(keepingCapacity: true)
      outgoingStart = 0
    }
    return count
  }

  private func submitSettings() throws(HTTP2Fault) {
    let entries = [
      nghttp2_settings_entry(
        settings_id: Int32(NGHTTP2_SETTINGS_ENABLE_PUSH.rawValue), value: 0),
      nghttp2_settings_entry(
        settings_id: Int32(NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE.rawValue),
        value: UInt32(Self.windowBytes)),
    ]
    let none = UInt8(NGHTTP2_FLAG_NONE.rawValue)
    // SAFETY: the entries are copied within the call; the session lives.
    let code = unsafe nghttp2_submit_settings(session, none, entries, entries.count)
    guard code == 0 else { throw HTTP2Fault(code: code) }
    _ = unsafe nghttp2_session_set_local_window_size(session, none, 0, Self.windowBytes)
  }
}
