import HTTP2
import HTTPModel
import Memory

/// What happened on the connection to a control plane, in the order in which it did.
enum DiscoveryEvent {
  /// The peer speaks HTTP/2: its SETTINGS came.
  case settings
  /// The stream's answer is no gRPC.
  case fault(String)
  case body([UInt8])
  /// The peer's half of the stream ended.
  case ended
  /// The stream is over.
  case closed(HTTP2ErrorCode)
  case goAway(HTTP2ErrorCode, debug: String)
  case pingAcknowledged
}

/// The one stream of a connection to a control plane. What comes in is kept until the connection looks:
/// the session that tells it is not to be called meanwhile.
final class DiscoveryStream: HTTP2Stream, HTTP2SessionDelegate {
  private(set) var answer = GRPCAnswer()
  private var events: [DiscoveryEvent] = []
  private let responseHead = ResponseHead()
  /// The request's body that is not sent yet.
  let body = ByteBuffer(capacity: 0)

  init() { super.init(response: responseHead, answering: .post) }

  /// What happened since the last time.
  func takeEvents() -> [DiscoveryEvent] {
    defer { events.removeAll(keepingCapacity: true) }
    return events
  }

  // MARK: stream

  override func onHead(ended: Bool) {
    if let fault = answer.onHead(responseHead, isLast: ended) { events.append(.fault(fault)) }
    if ended { events.append(.ended) }
  }

  override func onBody(_ bytes: Span<UInt8>) {
    events.append(.body(bytes.indices.map { bytes[$0] }))
  }

  override func onEnd(trailers: Trailers?) {
    if let trailers { answer.onTrailers(trailers) }
    events.append(.ended)
  }

  override func onFault(_ fault: HTTP2Fault) {
    events.append(.fault("the control plane broke HTTP/2: \(fault.reason)"))
  }

  override func onBodySent(_ count: Int) { body.consume(count) }
  override func onClosed(_ code: HTTP2ErrorCode) { events.append(.closed(code)) }

  // MARK: connection

  func settingsReceived() { events.append(.settings) }
  func pingAcknowledged() { events.append(.pingAcknowledged) }

  func goAwayReceived(lastStream: Int32, _ code: HTTP2ErrorCode, debug: String) {
    events.append(.goAway(code, debug: debug))
  }

  func floodDetected(_ flood: HTTP2Flood) { events.append(.fault("\(flood.cause)")) }
}
