/// Times and bounds of the ADS stream.
public struct ADSSettings: Sendable {
  /// From the start of a connection to the peer's HTTP/2 settings.
  public var connectTimeout: Duration = .seconds(5)
  public var keepAliveInterval: Duration = .seconds(30)
  /// How long a PING may go unanswered.
  public var keepAliveTimeout: Duration = .seconds(10)
  /// Bound of the second delay between tries; each further bound is twice the last.
  public var backoffBase: Duration = .milliseconds(500)
  public var backoffCeiling: Duration = .seconds(30)
  /// A stream that got a response and lived this long starts the delays anew.
  public var stableAfter: Duration = .seconds(5)
  /// The largest response taken, in bytes.
  public var maxMessageBytes: Int = 64 << 20

  public init() {}
}
