/// A request method. The nine of RFC 9110 section 9 and RFC 5789 have names of their own; methods
/// are case-sensitive.
public enum HTTPMethod: UInt8, Sendable {
  case get, head, post, put, delete, connect, options, trace, patch
  /// Any other token; its text stands in the head.
  case other

  /// Repeating it has the effect of doing it once (RFC 9110 section 9.2.2).
  public var isIdempotent: Bool {
    switch self {
    case .get, .head, .put, .delete, .options, .trace: true
    case .post, .connect, .patch, .other: false
    }
  }
}

public enum HTTPVersion: UInt8, Sendable, Comparable {
  case http10, http11, http2

  /// As in a status line or a log: `HTTP/1.1`.
  public var name: StaticString {
    switch self {
    case .http10: "HTTP/1.0"
    case .http11: "HTTP/1.1"
    case .http2: "HTTP/2"
    }
  }

  public static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
}
