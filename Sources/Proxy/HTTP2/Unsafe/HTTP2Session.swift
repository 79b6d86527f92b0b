import CNGHTTP2
import HTTPModel
import Memory
import Platform

/// Either side of an HTTP/2 connection: bytes in, events on its streams out, and frames back. It does
/// no I/O. What it is told to send waits until `produce`. Owning worker only.
@safe
public final class HTTP2Session {
  // SAFETY: made in init, deleted in deinit, never leaves this folder. nghttp2 holds `self` as its user
  // data and calls back only within calls made on the living session.
  var session: OpaquePointer?
  /// nghttp2's blocks come from there.
  let memory: HTTP2Memory
  let settings: HTTP2Settings
  let isServer: Bool
  unowned let delegate: any HTTP2SessionDelegate
  let trailers = Trailers()
  /// The streams that are open, each at its slot; nghttp2 knows them by plain pointers.
  private var streams: [HTTP2Stream] = []
  private(set) var isEnded = false
  /// nghttp2 is at work on bytes of the peer's.
  private var isFeeding = false

  // MARK: the header block under way

  /// Blocks never mix on a connection (RFC 9113 section 4.3). nil: nobody wants the fields.
  var blockStream: HTTP2Stream?
  var blockBytes = 0
  /// Of the blocks before it, in the same call of `receive`.
  var fieldBytes = 0
  // One of these at most.
  var requestDecoder: RequestFieldDecoder?
  var responseDecoder: ResponseFieldDecoder?
  var trailerDecoder: TrailerFieldDecoder?
  /// A request's pseudo fields.
  let scratch = ByteBuffer(capacity: 0)

  private var scanner: FrameScanner
  var rules: FrameRules
  /// The peer's windows when its last SETTINGS began.
  var windowsBefore = (widest: 0, initial: 0)
  /// The owner's clock, at its last call.
  var now: MonotonicInstant
  /// Where frames go within `produce`.
  var output: ByteBuffer?
  /// What nghttp2 said is wrong with the peer's bytes; empty when it said nothing.
  public internal(set) var complaint = ""
  /// Streams whose DATA found no room in the output.
  private var postponed: [Int32] = []
  private static let frameHeaderBytes = 9
  /// Far above what our own rules let through.
  private static let libraryLimit = 100_000
  /// The same for heads we send: those that were taken, and what configuration adds to them.
  private static let mostSentHeadBytes = 64 << 20
  /// Of fields decompressed in one call of `receive`, give or take a block.
  private static let mostFieldBytes = 256 << 10
  /// Less room than this is none.
  private static let minimumRoom = 1024
  /// Reused for each head that is sent.
  var fields = FieldList()
  /// The same for the function nghttp2 asks for a body.
  let provider = UnsafeMutablePointer<nghttp2_data_provider>.allocate(capacity: 1)

  /// - Parameter memory: shared with other sessions of the worker, or its own.
  public init(
    server isServer: Bool, settings: HTTP2Settings, now: MonotonicInstant,
    delegate: any HTTP2SessionDelegate, memory: HTTP2Memory = HTTP2Memory()
  ) throws(HTTP2ConnectionFault) {
    self.memory = memory
    self.settings = settings
    self.isServer = isServer
    self.delegate = delegate
    self.now = now
    scanner = FrameScanner(preface: isServer ? HTTP2Preface.byteCount : 0)
    rules = FrameRules(now: now)
    try open()
    try announce()
  }

  deinit {
    // SAFETY: both are this object's alone and nothing is called on them later.
    unsafe nghttp2_session_del(session)
    unsafe provider.deallocate()
  }

  private func open() throws(HTTP2ConnectionFault) {
    var option: OpaquePointer?
    // SAFETY: nghttp2 copies options, callbacks and hooks into the session.
    guard unsafe nghttp2_option_new(&option) == 0 else {
      throw HTTP2ConnectionFault("out of memory")
    }
    unsafe nghttp2_option_set_no_auto_window_update(option, 1)
    // The tree of priorities does without streams that are over.
    unsafe nghttp2_option_set_no_closed_streams(option, 1)
    // Messages are judged by our own decoders, which say what is wrong with them.
    unsafe nghttp2_option_set_no_http_messaging(option, 1)
    // Floods are found by our own rules, which come first and say what it was.
    unsafe nghttp2_option_set_max_outbound_ack(option, Self.libraryLimit)
    unsafe nghttp2_option_set_max_send_header_block_length(option, Self.mostSentHeadBytes)
    unsafe nghttp2_option_set_max_continuations(option, Self.libraryLimit)
    unsafe nghttp2_option_set_stream_reset_rate_limit(
      option, UInt64(Self.libraryLimit), UInt64(Self.libraryLimit))
    var hooks = unsafe memory.hooks
    let make = unsafe isServer ? nghttp2_session_server_new3 : nghttp2_session_client_new3
    let code = unsafe make(
      &session, HTTP2Callbacks.shared.pointer, Unmanaged.passUnretained(self).toOpaque(), option,
      &hooks)
    unsafe nghttp2_option_del(option)
    try Self.check(code)
  }

  private func announce() throws(HTTP2ConnectionFault) {
    var entries: [nghttp2_settings_entry] = []
    func add(_ id: nghttp2_settings_id, _ value: UInt32) {
      entries.append(nghttp2_settings_entry(settings_id: Int32(id.rawValue), value: value))
    }
    if isServer {
      add(NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, settings.maxConcurrentStreams)
      if settings.allowsConnect { add(NGHTTP2_SETTINGS_ENABLE_CONNECT_PROTOCOL, 1) }
    } else {
      add(NGHTTP2_SETTINGS_ENABLE_PUSH, 0)
    }
    add(NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, UInt32(settings.streamWindowBytes))
    add(NGHTTP2_SETTINGS_HEADER_TABLE_SIZE, settings.headerTableBytes)
    add(NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, UInt32(settings.maxHeadBytes))
    // SAFETY: the entries are copied within the call; the session lives.
    try Self.check(unsafe nghttp2_submit_settings(session, 0, entries, entries.count))
    try Self.check(
      unsafe nghttp2_session_set_local_window_size(session, 0, 0, settings.connectionWindowBytes))
  }

  static func check(_ code: Int32) throws(HTTP2ConnectionFault) {
    // SAFETY: nghttp2_strerror answers with a static C string.
    if code < 0 { throw HTTP2ConnectionFault(unsafe String(cString: nghttp2_strerror(code))) }
  }

  // MARK: bytes

  /// Takes bytes the peer sent: all of them, but where few come to many fields (RFC 7541 section 6.1). What is
  /// left in the buffer then is for the next call, so that others have their turn before.
  public func receive(_ bytes: ByteBuffer, now: MonotonicInstant) throws(HTTP2ConnectionFault) {
    self.now = now
    fieldBytes = 0
    var fed = 0
    var position = 0
    while let header = scanner.next(bytes.readable, &position) {
      // All that came before has had its effect when a frame is judged.
      try feed(bytes, fed..<position)
      fed = position
      if !isTerminating { judge(header) }
      if isTerminating { return bytes.clear() }
      if fieldBytes > Self.mostFieldBytes { return bytes.consume(fed) }
    }
    try feed(bytes, fed..<position)
    bytes.clear()
  }

  private func feed(_ bytes: ByteBuffer, _ range: Range<Int>) throws(HTTP2ConnectionFault) {
    isFeeding = true
    defer { isFeeding = false }
    // SAFETY: the buffer shows its bytes for the call, in which nothing else touches it; the rebasing
    // checks the range.
    let taken = unsafe bytes.readUnsafely {
      unsafe nghttp2_session_mem_recv(
        session,
        UnsafeRawBufferPointer(rebasing: $0[range]).baseAddress?.assumingMemoryBound(
          to: UInt8.self), range.count)
    }
    try Self.check(Int32(truncatingIfNeeded: min(taken, 0)))
  }

  /// Moves frames for the peer into the buffer as long as they fit.
  /// - Returns: false when there may be more.
  public func produce(
    into buffer: ByteBuffer, now: MonotonicInstant
  ) throws(HTTP2ConnectionFault) -> Bool {
    self.now = now
    output = buffer
    defer { output = nil }
    // SAFETY: the session lives; a stream that is over is ignored.
    for id in postponed { _ = unsafe nghttp2_session_resume_data(session, id) }
    postponed.removeAll(keepingCapacity: true)
    while buffer.writableCount > Self.minimumRoom {
      var chunk: UnsafePointer<UInt8>?
      // SAFETY: nghttp2 points to bytes of its own, which stay until its next call; they are copied.
      let n = unsafe nghttp2_session_mem_send(session, &chunk)
      try Self.check(Int32(truncatingIfNeeded: min(n, 0)))
      guard n > 0, let chunk = unsafe chunk else { return postponed.isEmpty }
      unsafe buffer.append(Span(_unsafeStart: chunk, count: n))
    }
    return false
  }

  /// Room for the body of one DATA frame; 0 for too little to be worth one.
  var bodyRoom: Int {
    let room = (output?.writableCount ?? 0) - Self.frameHeaderBytes
    return room < Self.minimumRoom ? 0 : room
  }

  /// The output is full: the stream's frame is made when it is not.
  func postpone(_ stream: HTTP2Stream) { postponed.append(stream.id) }

  /// Writes a DATA frame whose header is given.
  func writeData(_ header: borrowing Span<UInt8>, _ count: Int, of stream: HTTP2Stream) {
    guard let output, let body = stream.outgoing else { return }
    output.append(copy header)
    output.append(body.readable.extracting(0..<count))
    rules.earn(.windowUpdate, 4)
    stream.onBodySent(count)
  }

  /// There is something to send.
  public var wantsToSend: Bool {
    // SAFETY: the session lives.
    unsafe nghttp2_session_want_write(session) != 0
  }

  /// Nothing more can come or go: the peer broke the protocol, or everything is said.
  public var isOver: Bool {
    // SAFETY: the session lives.
    unsafe nghttp2_session_want_read(session) == 0 && nghttp2_session_want_write(session) == 0
  }

  /// GOAWAY with an error is on its way out, or was sent: what comes in is not looked at.
  public private(set) var isTerminating = false

  // MARK: streams

  public var openStreamCount: Int { streams.count }

  /// Streams the peer lets us have open at once.
  public var peerMaxConcurrentStreams: UInt32 {
    peerSetting(NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS)
  }

  /// The peer takes requests for another protocol (RFC 8441 section 3). Known once its SETTINGS came.
  public var peerAllowsConnect: Bool { peerSetting(NGHTTP2_SETTINGS_ENABLE_CONNECT_PROTOCOL) == 1 }

  private func peerSetting(_ id: nghttp2_settings_id) -> UInt32 {
    // SAFETY: the session lives.
    unsafe nghttp2_session_get_remote_settings(session, id)
  }

  /// Lets go of all streams: nothing is told any more, but what the peer did not live to hear of its own
  /// errors.
  public func end() {
    isEnded = true
    streams = []
    dropBlock()
    // A stream's end may bring about the connection's.
    if isFeeding || output != nil { return }
    var chunk: UnsafePointer<UInt8>?
    // SAFETY: the session lives; without streams there are no bodies, and what nghttp2 shows is not read.
    while unsafe nghttp2_session_mem_send(session, &chunk) > 0 {}
  }

  /// Calls `body` with each stream that is open; it may close streams.
  public func forEachStream(_ body: (HTTP2Stream) -> Void) {
    for stream in streams { body(stream) }
  }

  /// The stream, unless it is closed to what comes in.
  func hearingStream(_ id: Int32) -> HTTP2Stream? {
    if let stream = stream(id), !stream.isDeaf { stream } else { nil }
  }

  /// Keeps a stream that the peer opened until it is closed, and lets nghttp2 know it.
  func insert(_ stream: HTTP2Stream, _ id: Int32) {
    // SAFETY: the session lives, and so does the stream as long as nghttp2 knows it.
    _ = unsafe nghttp2_session_set_stream_user_data(
      session, id, Unmanaged.passUnretained(stream).toOpaque())
    keep(stream, id)
  }

  /// Keeps a stream that nghttp2 knows until it is closed.
  func keep(_ stream: HTTP2Stream, _ id: Int32) {
    stream.id = id
    stream.opened = now
    rules.opened(id)
    stream.slot = streams.count
    streams.append(stream)
  }

  func remove(_ stream: HTTP2Stream) {
    rules.closed(stream.id, byUs: stream.isResetByUs)
    let last = streams.removeLast()
    guard last !== stream else { return }
    streams[stream.slot] = last
    last.slot = stream.slot
  }

  // MARK: flow control

  /// So many bytes of the stream's body were passed on: the peer may send as many more.
  public func consume(_ count: Int, of stream: HTTP2Stream) {
    let count = min(count, stream.unconsumedBytes)
    guard count > 0 else { return }
    stream.unconsumedBytes -= count
    // SAFETY: the session lives; an unknown stream is ignored.
    _ = unsafe nghttp2_session_consume(session, stream.id, count)
  }

  /// Bytes of a stream that is not known any more.
  func release(_ count: Int, of id: Int32) {
    // SAFETY: the session lives.
    _ = unsafe nghttp2_session_consume(session, id, count)
  }

  /// What a stream whose body nobody wants held of the connection's window; its own stays as full as it
  /// is.
  public func releaseWindow(of stream: HTTP2Stream) {
    guard stream.unconsumedBytes > 0 else { return }
    // SAFETY: the session lives.
    _ = unsafe nghttp2_session_consume_connection(session, stream.unconsumedBytes)
    stream.unconsumedBytes = 0
  }

  /// By how many bytes the peer has opened the windows of our streams: of the widest, and of new ones.
  var peerWindows: (widest: Int, initial: Int) {
    var widest = 0
    for stream in streams {
      // SAFETY: the session lives; of an unknown stream it says -1.
      let window = unsafe nghttp2_session_get_stream_remote_window_size(session, stream.id)
      widest = max(widest, Int(window))
    }
    return (widest, Int(peerSetting(NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE)))
  }

  // MARK: connection

  /// Asks for a sign of life.
  public func ping() {
    // SAFETY: the session lives; without a payload nghttp2 sends zeros.
    _ = unsafe nghttp2_submit_ping(session, 0, nil)
  }

  /// Says that no new streams will be taken soon; those under way to us still are (RFC 9113 section
  /// 6.8).
  public func announceShutdown() {
    // SAFETY: the session lives.
    _ = unsafe nghttp2_submit_shutdown_notice(session)
  }

  /// Takes no stream that was not opened yet; the connection is over with the last one.
  public func goAway(_ code: HTTP2ErrorCode = .noError) {
    // SAFETY: the session lives.
    unsafe _ = nghttp2_submit_goaway(
      session, 0, nghttp2_session_get_last_proc_stream_id(session), code.rawValue, nil, 0)
  }

  /// Says why and ends everything at once.
  public func terminate(_ code: HTTP2ErrorCode) {
    isTerminating = true
    // SAFETY: the session lives.
    _ = unsafe nghttp2_session_terminate_session(session, code.rawValue)
  }
}
