import HTTPModel

/// An authority in its two parts (RFC 3986 section 3.2).
struct AuthorityParts {
  /// Without brackets.
  var host: Range<Int>
  /// nil: there is none, or it is no number.
  var port: Int?

  init(_ authority: Span<UInt8>) {
    var hostEnd = authority.count
    var index = authority.count
    while index > 0, ASCII.isDigit(authority[index &- 1]) { index &-= 1 }
    let isBracketed = authority[0] == UInt8(ascii: "[")
    if index > 0, authority[index &- 1] == UInt8(ascii: ":") {
      hostEnd = index &- 1
      let digits = authority.extracting(index..<authority.count)
      if let number = digits.decimalValue, number <= 65535 { port = Int(number) }
    }
    if isBracketed, hostEnd >= 2, authority[hostEnd &- 1] == UInt8(ascii: "]") {
      host = 1..<(hostEnd &- 1)
    } else {
      host = 0..<hostEnd
    }
  }
}
