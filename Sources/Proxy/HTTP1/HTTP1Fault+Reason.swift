extension HTTP1Fault {
  /// A few stable words for logs and counters.
  public var reason: StaticString { startLineReason ?? fieldReason ?? meaningReason ?? bodyReason }

  private var startLineReason: StaticString? {
    switch self {
    case .emptyLines: "empty lines before the request"
    case .method: "invalid method"
    case .methodTooLong: "method too long"
    case .target: "invalid byte in target"
    case .fragment: "fragment in target"
    case .targetForm: "target form does not suit the method"
    case .targetAuthority: "invalid authority in target"
    case .targetTooLong: "request line too long"
    case .requestLine: "malformed request line"
    case .version: "malformed version"
    case .unsupportedVersion: "unsupported version"
    case .statusLine: "malformed status line"
    case .statusCode: "invalid status code"
    default: nil
    }
  }

  private var fieldReason: StaticString? {
    switch self {
    case .bareLF: "bare LF"
    case .bareCR: "bare CR"
    case .obsFold: "obs-fold"
    case .emptyFieldName: "empty field name"
    case .fieldName: "invalid field name"
    case .spaceBeforeColon: "space before colon"
    case .missingColon: "field line without colon"
    case .fieldValue: "control character in field value"
    case .tooManyFields: "too many fields"
    case .headTooLarge: "head too large"
    default: nil
    }
  }

  private var meaningReason: StaticString? {
    switch self {
    case .missingHost: "no host field"
    case .repeatedHost: "two host fields"
    case .host: "invalid host"
    case .contentLength: "invalid content-length"
    case .contentLengthTooLarge: "content-length too large"
    case .repeatedContentLength: "two content-length fields"
    case .lengthWithCoding: "content-length with transfer-encoding"
    case .codingOnHTTP10: "transfer-encoding on HTTP/1.0"
    case .transferCoding: "malformed transfer-encoding"
    case .unknownCoding: "unknown transfer coding"
    case .chunkedNotLast: "chunked is not the last coding"
    case .repeatedChunked: "chunked twice"
    case .connectionOption: "invalid connection option"
    case .connectionNamesEndToEnd: "connection names an end-to-end field"
    case .expectation: "unknown expectation"
    case .bodyForbidden: "body where none is allowed"
    default: nil
    }
  }

  private var bodyReason: StaticString {
    switch self {
    case .chunkSize: "invalid chunk size"
    case .chunkSizeTooLarge: "chunk size too large"
    case .chunkExtension: "invalid chunk extension"
    case .chunkExtensionTooLong: "chunk extensions too long"
    case .chunkEnd: "no CRLF behind chunk data"
    case .trailersTooLarge: "trailers too large"
    default: "body cut short"
    }
  }
}
