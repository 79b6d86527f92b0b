import HTTPModel

/// The bytes a client begins an HTTP/2 connection with (RFC 9113 section 3.4).
public enum HTTP2Preface {
  public enum Match { case none, partial, whole }

  static let byteCount = 24
  private static let text: StaticString = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

  /// Whether `input` begins with the preface, or may once more of it has come.
  public static func match(_ input: borrowing Span<UInt8>) -> Match {
    if input.hasPrefix(text) { return .whole }
    return input.isPrefix(of: text) ? .partial : .none
  }
}
