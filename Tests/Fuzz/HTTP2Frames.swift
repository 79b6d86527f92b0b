import HTTP1
import HTTP2
import HTTPModel
import Memory
import Platform

// Any bytes as a peer's frames, to either side: split feeding changes nothing of what is heard or said, and
// a request that is heard is sent on over HTTP/1.1 as the same one. The first byte chooses the side.

private enum Event: Equatable {
  case request(Request, ended: Bool)
  case response(status: Int, lines: [Line], ended: Bool)
  case body([UInt8])
  case end([Line])
  case fault(HTTP2Fault)
  case closed(HTTP2ErrorCode)
}

private struct Request: Equatable {
  var method: [UInt8]
  var target: [UInt8]
  var authority: [UInt8]
  var framing: BodyFraming
  var lines: [Line]

  init(_ head: RequestHead) {
    method = copy(head.text(head.methodText))
    target = copy(head.text(head.target))
    authority = copy(head.text(head.authority))
    framing = head.framing
    lines = head.endToEndLines
  }
}

/// What one side heard and said.
private struct Story: Equatable {
  var streams: [[Event]] = []
  var floods: [HTTP2Flood] = []
  var isBroken = false
  var sent: [UInt8] = []
}

private final class Stream: HTTP2Stream {
  var events: [Event] = []
  let request: RequestHead?
  let response: ResponseHead?

  init(_ request: RequestHead) {
    self.request = request
    response = nil
    super.init(request: request)
  }

  init(_ response: ResponseHead, answering method: HTTPMethod) {
    request = nil
    self.response = response
    super.init(response: response, answering: method)
  }

  override func onHead(ended: Bool) {
    if let request {
      sendOn(request)
      events.append(.request(Request(request), ended: ended))
    } else if let response {
      events.append(
        .response(status: response.status, lines: response.endToEndLines, ended: ended))
    }
  }

  override func onBody(_ bytes: Span<UInt8>) {
    if case .body(let before)? = events.last {
      events[events.count - 1] = .body(before + copy(bytes))
    } else {
      events.append(.body(copy(bytes)))
    }
  }

  override func onEnd(trailers: Trailers?) { events.append(.end(trailers?.endToEndLines ?? [])) }
  /// How much of a body came before its fault depends on the pieces.
  override func onFault(_ fault: HTTP2Fault) {
    if case .body? = events.last { events.removeLast() }
    events.append(.fault(fault))
  }

  override func onBodySent(_ count: Int) { outgoing?.consume(count) }
  override func onClosed(_ code: HTTP2ErrorCode) { events.append(.closed(code)) }
}

private let now = MonotonicInstant(nanoseconds: 1_000_000_000)
nonisolated(unsafe) private let again = RequestHead()
nonisolated(unsafe) private let buffer = ByteBuffer(capacity: 16 * 1024)

/// What reaches an endpoint that speaks HTTP/1.1 is one request, the same one.
private func sendOn(_ head: RequestHead) {
  guard head.method != .connect else { return }
  buffer.clear()
  RequestHeadEncoder.encode(head, into: buffer)
  let sent = copy(buffer.readable)
  var decoder = RequestHeadDecoder(limits: HTTP1Limits(maxHeadBytes: 16_384, maxHeaderCount: 64))
  guard case .head(let consumed)? = try? decoder.decode(sent.span, into: again) else {
    preconditionFailure("what is sent on is well-formed")
  }
  precondition(consumed == sent.count, "nothing is left behind the head sent on")
  precondition(Request(again) == Request(head), "what is sent on means the same")
}

private final class Side: HTTP2SessionDelegate {
  private var session: HTTP2Session!
  private var streams: [Stream] = []
  private var story = Story()

  init(isServer: Bool) {
    var settings = HTTP2Settings()
    settings.maxHeadBytes = 2048
    settings.maxHeaderCount = 20
    settings.maxConcurrentStreams = 8
    session = try! HTTP2Session(server: isServer, settings: settings, now: now, delegate: self)
    if !isServer { for method in ["GET", "HEAD", "POST"] { ask(method) } }
    produce()
  }

  private func ask(_ method: String) {
    let head = RequestHead()
    let text = [UInt8](method.utf8)
    let kind = HTTPMethod.classify(text.span, at: 0, count: text.count)
    head.begin(kind, method, target: "/", authority: "a")
    let stream = Stream(ResponseHead(), answering: kind)
    streams.append(stream)
    try! session.send(head, scheme: "http", body: nil, on: stream)
  }

  func streamOpened() -> HTTP2Stream {
    streams.append(Stream(RequestHead()))
    return streams[streams.count - 1]
  }

  func settingsReceived() {}
  func pingAcknowledged() {}
  func goAwayReceived(lastStream: Int32, _ code: HTTP2ErrorCode, debug: String) {}
  func floodDetected(_ flood: HTTP2Flood) { story.floods.append(flood) }

  func hear(_ bytes: [UInt8], ends: [Int]) -> Story {
    var start = 0
    for end in ends where !story.isBroken {
      let piece = ByteBuffer(capacity: 0)
      piece.append(Array(bytes[start..<end]))
      start = end
      do { while !piece.isEmpty { try session.receive(piece, now: now) } } catch {
        story.isBroken = true
      }
    }
    if !story.isBroken { produce() }
    story.streams = streams.map(\.events)
    return story
  }

  private func produce() {
    var isDone = false
    while !isDone {
      buffer.clear()
      do { isDone = try session.produce(into: buffer, now: now) } catch {
        story.isBroken = true
        return
      }
      story.sent += copy(buffer.readable)
    }
  }
}

/// What a peer begins with, so that the input may come to the point.
private func opening(toServer: Bool) -> [UInt8] {
  let settings: [UInt8] = [0, 0, 0, 4, 0, 0, 0, 0, 0]
  return (toServer ? [UInt8]("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8) : []) + settings
}

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  guard count > 0 else { return 0 }
  let all = unsafe Span(_unsafeStart: start, count: count)
  let isServer = all[0] & 1 == 0
  let input = opening(toServer: isServer) + copy(all.extracting(1..<count))
  let whole = Side(isServer: isServer).hear(input, ends: [input.count])
  let pieces = Side(isServer: isServer).hear(input, ends: cuts(input.span))
  precondition(whole == pieces, "split feeding changes nothing")
  return 0
}
