/// Why a peer's bytes are refused. After any of these the connection is not to be read again.
public enum HTTP1Fault: UInt8, Error, CaseIterable, Sendable {
  // Start line (RFC 9112 sections 3 and 4).
  case emptyLines
  case method
  case methodTooLong
  case target
  case fragment
  case targetForm
  case targetAuthority
  case targetTooLong
  case requestLine
  case version
  case unsupportedVersion
  case statusLine
  case statusCode
  case unaskedSwitch

  // Field lines (RFC 9112 section 5).
  case bareLF
  case bareCR
  case obsFold
  case emptyFieldName
  case fieldName
  case spaceBeforeColon
  case missingColon
  case fieldValue
  case tooManyFields
  case headTooLarge

  // What the fields say.
  case missingHost
  case repeatedHost
  case host
  case contentLength
  case contentLengthTooLarge
  case repeatedContentLength
  case lengthWithCoding
  case codingOnHTTP10
  case transferCoding
  case unknownCoding
  case chunkedNotLast
  case repeatedChunked
  case connectionOption
  case connectionNamesEndToEnd
  case expectation
  case bodyForbidden

  // Bodies (RFC 9112 section 7.1).
  case chunkSize
  case chunkSizeTooLarge
  case chunkExtension
  case chunkExtensionTooLong
  case chunkEnd
  case trailersTooLarge
  case cutShort

  /// What a client gets whose request has this fault.
  public var status: Int {
    switch self {
    case .targetTooLong: 414
    case .tooManyFields, .headTooLarge, .trailersTooLarge: 431
    case .methodTooLong, .unknownCoding: 501
    case .unsupportedVersion: 505
    case .contentLengthTooLarge, .chunkSizeTooLarge: 413
    case .expectation: 417
    default: 400
    }
  }
}
