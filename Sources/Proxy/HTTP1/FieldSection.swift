import HTTPModel

/// Field lines up to the empty line (RFC 9112 section 5). Nothing is repaired: obs-fold, space before
/// the colon, bare CR or LF and control characters are faults.
enum FieldSection {
  /// Reads fields from `position` on and leaves it behind the empty line.
  /// - Returns: false when the bytes end before the empty line.
  @inline(__always)
  static func decode(
    _ input: borrowing Span<UInt8>, at position: inout Int, into head: MessageHead,
    maxCount: Int
  ) throws(HTTP1Fault) -> Bool {
    let count = input.count
    while position < count {
      let nameEnd = ByteScan.endOfToken(input, from: position)
      guard nameEnd < count else { return false }
      guard input[nameEnd] == 0x3A, nameEnd > position else {
        return try endOfSection(input, at: &position, nameEnd: nameEnd)
      }
      var valueStart = nameEnd &+ 1
      while valueStart < count, ASCII.isBlank(input[valueStart]) { valueStart &+= 1 }
      let lineEnd = ByteScan.endOfText(input, from: valueStart)
      guard try isLineEnd(input, at: lineEnd, else: .fieldValue) else { return false }
      var valueEnd = lineEnd
      while valueEnd > valueStart, ASCII.isBlank(input[valueEnd &- 1]) { valueEnd &-= 1 }
      guard head.fieldCount < maxCount else { throw .tooManyFields }
      let known = KnownHeader.classify(input, at: position, count: nameEnd &- position)
      var flags = known.connectionFlags
      if valueStart &- nameEnd == 2, valueEnd == lineEnd, input[nameEnd &+ 1] == ASCII.space {
        flags.insert(.line)
      }
      head.append(
        HeaderField(
          nameOffset: position, nameCount: nameEnd &- position, valueOffset: valueStart,
          valueCount: valueEnd &- valueStart, known: known, flags: flags))
      position = lineEnd &+ 2
    }
    return false
  }

  /// CRLF stands at `position`. False when the bytes end too early to say; `fault` when another
  /// character stands there.
  @inline(__always)
  static func isLineEnd(
    _ input: borrowing Span<UInt8>, at position: Int, else fault: HTTP1Fault
  ) throws(HTTP1Fault) -> Bool {
    guard position < input.count else { return false }
    guard input[position] == ASCII.carriageReturn else {
      throw input[position] == ASCII.lineFeed ? .bareLF : fault
    }
    guard position &+ 1 < input.count else { return false }
    guard input[position &+ 1] == ASCII.lineFeed else { throw .bareCR }
    return true
  }

  /// At a line that has no name with a colon: the empty line, or a fault.
  @inline(never)
  private static func endOfSection(
    _ input: borrowing Span<UInt8>, at position: inout Int, nameEnd: Int
  ) throws(HTTP1Fault) -> Bool {
    if nameEnd == position {
      if input[position] == 0x3A { throw .emptyFieldName }
      if ASCII.isBlank(input[position]) { throw .obsFold }
      guard try isLineEnd(input, at: position, else: .fieldName) else { return false }
      position &+= 2
      return true
    }
    var next = nameEnd
    while next < input.count, ASCII.isBlank(input[next]) { next &+= 1 }
    if next == input.count { return false }
    if input[next] == 0x3A { throw .spaceBeforeColon }
    guard try isLineEnd(input, at: next, else: .fieldName) else { return false }
    throw .missingColon
  }
}

extension KnownHeader {
  /// Fields that concern one connection, and those the encoder writes itself (RFC 9110 section 7.6.1,
  /// RFC 9112 section 6). `trailer` is sent on, as trailers are.
  @inline(__always)
  var connectionFlags: HeaderField.Flags {
    switch self {
    case .contentLength, .transferEncoding: .framing
    case .connection, .keepAlive, .proxyConnection, .te, .upgrade: .hopByHop
    default: []
    }
  }
}
