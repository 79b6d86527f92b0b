/// How the end of a message body is known (RFC 9112 section 6.3).
public enum BodyFraming: Equatable, Sendable {
  /// There is no body.
  case none
  /// Exactly this many bytes, from `content-length`.
  case length(UInt64)
  /// Chunks, then trailers.
  case chunked
  /// The connection's end is the body's end; responses only.
  case untilClose
}
