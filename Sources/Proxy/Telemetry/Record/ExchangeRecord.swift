import HTTPModel
import Memory
import Platform

/// What happened in one HTTP exchange or on one proxied TCP connection, for the statistics, the access
/// log and the spans. Its owner fills it while it runs; it is read once, at the end. It holds no
/// reference: ranges count in the bytes of the request's head, which must live until then. Owning
/// worker only.
public struct ExchangeRecord: Sendable {
  public enum Kind: Sendable { case http, tcp }

  public let kind: Kind
  /// When the first byte of the request was read, or the connection accepted, on both clocks.
  public var startWall: WallInstant
  public var start: MonotonicInstant
  /// The last byte of the request was read.
  public var requestEnd: MonotonicInstant?
  /// The last byte was written downstream, or the exchange was given up.
  public var end: MonotonicInstant

  public var requestLine = RequestLine()
  /// Body bytes, or a TCP connection's bytes, read from the client.
  public var requestBodyBytes: UInt64 = 0
  /// Body bytes, or a TCP connection's bytes, written to the client.
  public var responseBodyBytes: UInt64 = 0
  /// Status sent downstream; 0: none was.
  public var status: Int = 0
  public var flags: ResponseFlags = []
  /// Why the response is what it is, as a machine-readable word (`via_upstream`, `route_not_found`).
  public var cause: StaticString = ""

  /// The client, as far as it is trusted: the peer, or whom trusted proxies name.
  public var downstreamRemote: SocketAddress
  /// The connection's peer.
  public var downstreamDirect: SocketAddress
  public var downstreamLocal: SocketAddress
  /// The client speaks TLS to this proxy.
  public var isSecure = false
  public var version = HTTPVersion.http11
  public var trace = TraceContext()
  /// Attempts made so far; 0: the proxy answered by itself.
  public var attemptCount: Int = 0
  /// The last attempt.
  public var attempt = AttemptRecord()

  public init(
    _ kind: Kind, startWall: WallInstant, start: MonotonicInstant, downstreamRemote: SocketAddress,
    downstreamLocal: SocketAddress
  ) {
    self.kind = kind
    self.startWall = startWall
    self.start = start
    self.end = start
    self.downstreamRemote = downstreamRemote
    downstreamDirect = downstreamRemote
    self.downstreamLocal = downstreamLocal
  }

  /// Starts the record of the next attempt; the one before must have been reported.
  @inlinable
  public mutating func beginAttempt(at instant: MonotonicInstant) {
    attemptCount &+= 1
    attempt = AttemptRecord(start: instant)
  }

  /// Nanoseconds from the first byte read to the last byte written.
  @inlinable public var durationNanoseconds: UInt64 { end.nanoseconds(since: start) }

  /// An instant of this exchange on the wall clock; clock steps meanwhile do not disturb it.
  @inlinable
  public func wallNanoseconds(_ instant: MonotonicInstant) -> UInt64 {
    startWall.nanoseconds &+ instant.nanoseconds(since: start)
  }
}

/// The parts of a request's head that a record needs as they were received, before any rewrite.
public struct RequestLine: Sendable {
  public var method = HTTPMethod.get
  public var methodText = ByteRange.empty
  public var target = ByteRange.empty
  public var path = ByteRange.empty
  public var query = ByteRange.empty
  public var authority = ByteRange.empty

  @inlinable public init() {}

  /// Call when the head is decoded, before routing changes it.
  @inlinable
  public init(_ head: RequestHead) {
    method = head.method
    methodText = head.methodText
    target = head.target
    path = head.path
    query = head.query
    authority = head.authority
  }
}

/// One attempt to have a request answered by an endpoint.
public struct AttemptRecord: Sendable {
  /// An endpoint was picked.
  public var start: MonotonicInstant
  /// A connection was begun for it; nil: a pooled one was used.
  public var connectStart: MonotonicInstant?
  public var firstByteSent: MonotonicInstant?
  public var firstByteReceived: MonotonicInstant?
  /// The last byte of the response was read, or the attempt failed.
  public var end: MonotonicInstant?
  public var endpoint: SocketAddress?
  /// Our side of the upstream connection.
  public var local: SocketAddress?
  /// Status the endpoint answered; 0: it did not.
  public var status: Int = 0
  public var flags: ResponseFlags = []
  public var cause: StaticString = ""
  /// Id of its client span, sent in `traceparent`.
  public var spanID: UInt64 = 0

  @inlinable
  public init(start: MonotonicInstant = .init(nanoseconds: 0)) { self.start = start }
}
