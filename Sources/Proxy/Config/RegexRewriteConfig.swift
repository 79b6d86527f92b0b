import Patterns

/// Source: `envoy.type.matcher.v3.RegexMatchAndSubstitute`.
public struct RegexRewriteConfig: Equatable, Sendable {
  /// Matches any part of a path.
  public var pattern: RegularExpression
  public var substitution: [SubstitutionPiece]

  /// - Parameter substitution: text with `\0` to `\9` for what a group matched, `\\` for a backslash.
  /// - Throws: what of the substitution cannot stand in a path or does not fit the pattern.
  public init(pattern: RegularExpression, substitution: String) throws(FormatFault) {
    self.pattern = pattern
    self.substitution = try SubstitutionPiece.pieces(of: substitution, pattern.groupCount)
  }
}

/// A piece of what a match is replaced by.
public enum SubstitutionPiece: Equatable, Sendable {
  case text(String)
  case group(Int)

  fileprivate static func pieces(
    of text: String, _ groupCount: Int
  ) throws(FormatFault) -> [SubstitutionPiece] {
    guard HeaderText.isVisible(text) else {
      throw FormatFault(text: "found \"\(text)\", accepted: visible ASCII")
    }
    var pieces: [SubstitutionPiece] = []
    var literal = ""
    var characters = text.makeIterator()
    while let character = characters.next() {
      guard character == "\\" else {
        literal.append(character)
        continue
      }
      guard let next = characters.next(), next == "\\" || next.isNumber else {
        throw FormatFault(
          text: "found a stray backslash in \"\(text)\", accepted: \\0 to \\9, \\\\")
      }
      guard let group = next.wholeNumberValue else {
        literal.append("\\")
        continue
      }
      if group > groupCount {
        throw FormatFault(text: "found \\\(group), but the pattern has \(groupCount) groups")
      }
      if !literal.isEmpty { pieces.append(.text(literal)) }
      literal = ""
      pieces.append(.group(group))
    }
    return literal.isEmpty ? pieces : pieces + [.text(literal)]
  }
}
