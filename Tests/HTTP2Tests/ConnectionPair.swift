import HTTPModel
import Memory
import Platform

@testable import HTTP2

/// What a stream was told, in order.
enum StreamEvent: Equatable {
  case head(ended: Bool)
  case body([UInt8])
  case end(trailers: [String])
  case fault(HTTP2Fault)
  case closed(String)
}

final class RecordingStream: HTTP2Stream {
  var events: [StreamEvent] = []
  /// Told on each head and each end, to let tests answer.
  var onProgress: (RecordingStream) -> Void = { _ in }

  override func onHead(ended: Bool) {
    events.append(.head(ended: ended))
    onProgress(self)
  }

  override func onBody(_ bytes: Span<UInt8>) {
    let text = bytes.indices.map { bytes[$0] }
    if case .body(let before)? = events.last {
      events[events.count - 1] = .body(before + text)
    } else {
      events.append(.body(text))
    }
  }

  override func onEnd(trailers: Trailers?) {
    events.append(.end(trailers: trailers.map(lines) ?? []))
    onProgress(self)
  }

  override func onFault(_ fault: HTTP2Fault) { events.append(.fault(fault)) }
  override func onBodySent(_ count: Int) { outgoing?.consume(count) }
  override func onClosed(_ code: HTTP2ErrorCode) { events.append(.closed(code.name)) }

  /// Its head, as the side that it comes to reads it.
  private(set) var request: RequestHead?
  private(set) var response: ResponseHead?

  override init(request: RequestHead) {
    self.request = request
    super.init(request: request)
  }

  override init(response: ResponseHead, answering method: HTTPMethod) {
    self.response = response
    super.init(response: response, answering: method)
  }

  var body: String {
    events.reduce(into: "") { text, event in
      if case .body(let bytes) = event { text += String(decoding: bytes, as: UTF8.self) }
    }
  }
}

/// The fields of a head that are sent on, as lines.
func lines(_ head: MessageHead) -> [String] {
  (0..<head.fieldCount).filter { head.field(at: $0).isForwarded }.map { index in
    text(head, head.field(at: index).name) + ": " + text(head, head.field(at: index).value)
  }
}

func text(_ head: MessageHead, _ range: ByteRange) -> String {
  let span = head.text(range)
  return String(decoding: span.indices.map { span[$0] }, as: UTF8.self)
}

/// One side of a connection in memory.
final class Side: HTTP2SessionDelegate {
  private(set) var session: HTTP2Session!
  var streams: [RecordingStream] = []
  var events: [String] = []
  var now = MonotonicInstant(nanoseconds: 1_000_000_000)
  /// What a server's streams are given to answer with.
  var answer: (RecordingStream) -> Void = { _ in }

  init(server: Bool, _ settings: HTTP2Settings = HTTP2Settings()) throws {
    session = try HTTP2Session(
      server: server, settings: settings, now: now, delegate: self)
  }

  func streamOpened() -> HTTP2Stream {
    let stream = RecordingStream(request: RequestHead())
    stream.onProgress = answer
    streams.append(stream)
    return stream
  }

  func settingsReceived() { events.append("settings") }
  func pingAcknowledged() { events.append("ping") }

  func goAwayReceived(lastStream: Int32, _ code: HTTP2ErrorCode, debug: String) {
    events.append("goaway \(lastStream) \(code.name)\(debug)")
  }

  func floodDetected(_ flood: HTTP2Flood) { events.append("flood \(flood)") }

  /// All that is to be sent now.
  func output() throws -> [UInt8] {
    var bytes: [UInt8] = []
    let buffer = ByteBuffer(capacity: 16 * 1024)
    while true {
      let isDone = try session.produce(into: buffer, now: now)
      bytes += copyBytes(buffer)
      buffer.clear()
      if isDone { return bytes }
    }
  }

  func input(_ bytes: some Sequence<UInt8>) throws {
    let buffer = ByteBuffer(capacity: 0)
    buffer.append(Array(bytes))
    while !buffer.isEmpty { try session.receive(buffer, now: now) }
  }
}

func copyBytes(_ buffer: ByteBuffer) -> [UInt8] {
  let span = buffer.readable
  return span.indices.map { span[$0] }
}

/// A client and a server of ours that talk to each other.
final class ConnectionPair {
  let client: Side
  let server: Side

  init(client: HTTP2Settings = HTTP2Settings(), server: HTTP2Settings = HTTP2Settings()) throws {
    self.client = try Side(server: false, client)
    self.server = try Side(server: true, server)
  }

  /// Carries bytes both ways until nothing moves.
  /// - Parameter piece: bytes the peer is shown at once.
  func settle(piece: Int = .max) throws {
    while true {
      let (up, down) = (try client.output(), try server.output())
      if up.isEmpty, down.isEmpty { return }
      try Self.feed(up, to: server, piece)
      try Self.feed(down, to: client, piece)
    }
  }

  private static func feed(_ bytes: [UInt8], to side: Side, _ piece: Int) throws {
    var rest = bytes[...]
    while !rest.isEmpty {
      try side.input(rest.prefix(piece))
      rest = rest.dropFirst(piece)
    }
  }
}

/// A head as HTTP/1.1 would have read it.
func request(
  _ method: String = "GET", _ target: String = "/", _ fields: [(String, String)] = [],
  framing: BodyFraming = .none
) -> RequestHead {
  let head = RequestHead()
  let kind = HTTPMethod.classify([UInt8](method.utf8).span, at: 0, count: method.utf8.count)
  head.begin(kind, method, target: target, authority: "shop.example")
  head.add(fields)
  head.framing = framing
  return head
}

func response(
  _ status: Int, _ fields: [(String, String)] = [], framing: BodyFraming = .none
) -> ResponseHead {
  let head = ResponseHead()
  head.status = status
  head.framing = framing
  head.add(fields)
  return head
}

extension MessageHead {
  fileprivate func add(_ fields: [(String, String)]) {
    for (name, value) in fields {
      let known = KnownHeader.named([UInt8](name.utf8).span)
      add(known, name: [UInt8](name.utf8).span, value: [UInt8](value.utf8).span)
    }
  }
}
