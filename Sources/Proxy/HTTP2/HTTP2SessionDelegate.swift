/// Who owns an HTTP/2 connection. Called within `receive` and `produce`, which must not be called again
/// from there.
public protocol HTTP2SessionDelegate: AnyObject {
  /// A peer opens a stream: the object that stands for it. Servers only.
  func streamOpened() -> HTTP2Stream
  /// A stream was refused, as the peer has as many as it may. Servers only.
  func streamRefused()
  /// The peer's SETTINGS came.
  func settingsReceived()
  /// The peer answered our PING.
  func pingAcknowledged()
  /// The peer takes no new streams, and has not looked at those above `lastStream`.
  func goAwayReceived(lastStream: Int32, _ code: HTTP2ErrorCode, debug: String)
  /// The connection is to end: the peer floods us. GOAWAY is on its way out.
  func floodDetected(_ flood: HTTP2Flood)
  /// The peer broke the protocol, but by a flood; GOAWAY has said so.
  func errorSent(_ fault: HTTP2ConnectionFault)
}

extension HTTP2SessionDelegate {
  public func streamOpened() -> HTTP2Stream {
    preconditionFailure("a client opens its streams itself")
  }

  public func streamRefused() {}
  public func errorSent(_ fault: HTTP2ConnectionFault) {}
}
