import HTTPModel

/// The line before a chunk's data (RFC 9112 section 7.1): hexadecimal digits, extensions, CRLF. No
/// blank stands anywhere but inside a quoted string. Extensions are checked, bounded and dropped.
struct ChunkLine {
  private enum Place {
    case size
    case extensionName
    case extensionValue
    case token
    case quoted
    case escaped
    case quotedEnd
    case lineFeed
  }

  private(set) var size: UInt64 = 0
  private(set) var extensionBytes = 0
  private var digits = 0
  /// Bytes of the name or value under way.
  private var partBytes = 0
  private var place = Place.size

  /// Part of it was read.
  var hasBegun: Bool { digits > 0 }

  /// Reads on from `position`. - Returns: whether the line is complete.
  mutating func decode(
    _ input: borrowing Span<UInt8>, at position: inout Int
  ) throws(HTTP1Fault) -> Bool {
    while position < input.count {
      let byte = input[position]
      position &+= 1
      switch place {
      case .size: try takeSize(byte)
      case .lineFeed:
        guard byte == ASCII.lineFeed else { throw .bareCR }
        return true
      default: try takeExtension(byte)
      }
    }
    return false
  }

  private mutating func takeSize(_ byte: UInt8) throws(HTTP1Fault) {
    if let digit = ASCII.hexValue(byte) {
      digits &+= 1
      guard digits <= 16, size < 1 &<< 59 else { throw .chunkSizeTooLarge }
      size = size &<< 4 | UInt64(digit)
      return
    }
    guard digits > 0 else { throw byte == ASCII.lineFeed ? .bareLF : .chunkSize }
    try endPart(byte, else: .chunkSize)
  }

  private mutating func takeExtension(_ byte: UInt8) throws(HTTP1Fault) {
    extensionBytes &+= 1
    guard extensionBytes <= HTTP1Limits.maxExtensionBytes else { throw .chunkExtensionTooLong }
    switch place {
    case .quoted:
      if byte == 0x22 {
        place = .quotedEnd
      } else if byte == 0x5C {
        place = .escaped
      } else {
        try checkText(byte)
      }
    case .escaped:
      try checkText(byte)
      place = .quoted
    case .extensionValue where byte == 0x22:
      place = .quoted
    default:
      try takeToken(byte)
    }
  }

  private mutating func takeToken(_ byte: UInt8) throws(HTTP1Fault) {
    if ASCII.isToken(byte), place != .quotedEnd {
      if place == .extensionValue { place = .token }
      partBytes &+= 1
      return
    }
    guard partBytes > 0 || place == .quotedEnd else {
      throw byte == ASCII.lineFeed ? .bareLF : .chunkExtension
    }
    if byte == 0x3D, place == .extensionName {
      partBytes = 0
      place = .extensionValue
    } else {
      try endPart(byte, else: .chunkExtension)
    }
  }

  /// Behind the size, a name or a value: the next extension, or the line's end.
  private mutating func endPart(_ byte: UInt8, else fault: HTTP1Fault) throws(HTTP1Fault) {
    partBytes = 0
    switch byte {
    case 0x3B: place = .extensionName
    case ASCII.carriageReturn: place = .lineFeed
    case ASCII.lineFeed: throw .bareLF
    default: throw fault
    }
  }

  /// What a quoted string may hold (RFC 9110 section 5.6.4).
  private func checkText(_ byte: UInt8) throws(HTTP1Fault) {
    if byte == ASCII.lineFeed { throw .bareLF }
    guard byte >= ASCII.space && byte != 0x7F || byte == ASCII.tab else { throw .chunkExtension }
  }
}
