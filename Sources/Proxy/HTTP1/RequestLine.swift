import HTTPModel

/// A request's first line (RFC 9112 section 3): one space between its three parts, no other.
struct RequestLine {
  var method = 0..<0
  var target = 0..<0
  var version = HTTPVersion.http11

  /// Reads the line from the start of `input`, which begins with the method.
  /// - Returns: bytes up to and with its CRLF; nil when the line is incomplete.
  @inline(__always)
  mutating func decode(_ input: borrowing Span<UInt8>) throws(HTTP1Fault) -> Int? {
    let count = input.count
    let methodEnd = ByteScan.endOfToken(input, from: 0)
    guard methodEnd < count else {
      if methodEnd > HTTP1Limits.maxMethodBytes { throw .methodTooLong }
      return nil
    }
    guard input[methodEnd] == ASCII.space, methodEnd > 0 else {
      throw Self.methodFault(input, at: methodEnd)
    }
    guard methodEnd <= HTTP1Limits.maxMethodBytes else { throw .methodTooLong }
    method = 0..<methodEnd
    let targetEnd = ByteScan.endOfTarget(input, from: methodEnd &+ 1)
    guard targetEnd < count else { return nil }
    guard input[targetEnd] == ASCII.space, targetEnd > methodEnd &+ 1 else {
      throw Self.targetFault(input, at: targetEnd)
    }
    target = methodEnd &+ 1..<targetEnd
    guard let version = try HTTPVersion.decode(input, at: targetEnd &+ 1) else { return nil }
    self.version = version
    let end = targetEnd &+ 9
    return try FieldSection.isLineEnd(input, at: end, else: .requestLine) ? end &+ 2 : nil
  }

  private static func methodFault(
    _ input: borrowing Span<UInt8>, at position: Int
  ) -> HTTP1Fault {
    switch input[position] {
    case ASCII.lineFeed: .bareLF
    case ASCII.carriageReturn where position > 0: .requestLine
    default: .method
    }
  }

  private static func targetFault(
    _ input: borrowing Span<UInt8>, at position: Int
  ) -> HTTP1Fault {
    switch input[position] {
    case ASCII.lineFeed: .bareLF
    case ASCII.carriageReturn, ASCII.space: .requestLine
    case 0x23: .fragment
    default: .target
    }
  }
}

extension HTTPVersion {
  /// Reads `HTTP/1.0` or `HTTP/1.1`, in capitals; other digits are an unsupported version.
  /// - Returns: nil when the bytes end within it.
  @inline(__always)
  static func decode(
    _ input: borrowing Span<UInt8>, at position: Int
  ) throws(HTTP1Fault) -> HTTPVersion? {
    guard position &+ 8 <= input.count else { return try incomplete(input, at: position) }
    switch input.word(at: position) {
    case 0x312E_312F_5054_5448: return .http11
    case 0x302E_312F_5054_5448: return .http10
    default: throw fault(input, at: position)
    }
  }

  /// A line that ends within the version never completes it.
  private static func incomplete(
    _ input: borrowing Span<UInt8>, at position: Int
  ) throws(HTTP1Fault) -> HTTPVersion? {
    for index in position..<input.count where input[index] <= ASCII.space {
      throw input[index] == ASCII.lineFeed ? .bareLF : .version
    }
    return nil
  }

  private static func fault(_ input: borrowing Span<UInt8>, at position: Int) -> HTTP1Fault {
    let text = input.extracting(position..<position &+ 8)
    let isWellFormed =
      text.hasPrefix("HTTP/") && ASCII.isDigit(text[5]) && text[6] == 0x2E
      && ASCII.isDigit(text[7])
    if isWellFormed { return .unsupportedVersion }
    if text[0] == ASCII.space { return .requestLine }
    for index in text.indices where text[index] < ASCII.space {
      return text[index] == ASCII.lineFeed ? .bareLF : .version
    }
    return .version
  }
}
