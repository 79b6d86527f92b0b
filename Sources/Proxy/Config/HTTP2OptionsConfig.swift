/// HTTP/2 on one side of the proxy. Source: `envoy.config.core.v3.Http2ProtocolOptions`.
public struct HTTP2OptionsConfig: Equatable, Sendable {
  /// PINGs on connections where nothing else is heard. Source: `KeepaliveSettings`.
  public struct KeepAlive: Equatable, Sendable {
    public var interval: Duration
    /// How long the answer may take before the connection is closed.
    public var timeout: Duration

    public init(interval: Duration, timeout: Duration) {
      self.interval = interval
      self.timeout = timeout
    }
  }

  /// Of a client: streams it may have open on one connection. Towards an endpoint: streams we open on
  /// one connection, within what the endpoint allows.
  public var maxConcurrentStreams: UInt32 = 100
  /// Bytes of one body that may be under way to us (`initial_stream_window_size`).
  public var streamWindowBytes: Int32 = 65_535
  /// Bytes of all bodies of a connection (`initial_connection_window_size`); nil: as its side has them.
  public var connectionWindowBytes: Int32?
  /// `hpack_table_size`.
  public var headerTableBytes: UInt32 = 4096
  /// Streams may ask for another protocol, or for CONNECT (RFC 8441).
  public var allowsConnect = false
  /// nil: no PINGs are sent.
  public var keepAlive: KeepAlive?

  public init() {}
}
