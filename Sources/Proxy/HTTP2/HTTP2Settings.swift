/// What one side of an HTTP/2 connection announces and holds itself to. Source:
/// `Http2ProtocolOptions`.
public struct HTTP2Settings: Equatable, Sendable {
  /// Streams the peer may have open at once.
  public var maxConcurrentStreams: UInt32 = 100
  /// Bytes of one stream's body that may be under way to us; the most that is held of it.
  public var streamWindowBytes: Int32 = 65_535
  /// Bytes of all bodies that may be under way to us.
  public var connectionWindowBytes: Int32 = 1 << 20
  /// Bytes of the table that compresses the peer's heads.
  public var headerTableBytes: UInt32 = 4096
  /// Clients may ask for another protocol on a stream (RFC 8441).
  public var allowsConnect = false
  /// Bytes of a head, or of a trailer section, in the form of HTTP/1.1.
  public var maxHeadBytes = 60 * 1024
  /// Fields of one section.
  public var maxHeaderCount = 100

  public init() {}
}
