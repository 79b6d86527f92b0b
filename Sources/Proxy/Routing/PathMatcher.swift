import HTTPModel
import Patterns

/// A compiled `path_specifier`. Most paths are turned down by one comparison of their first eight
/// bytes.
struct PathMatcher: Sendable {
  enum Kind: Sendable {
    case prefix, exact, separatedPrefix
    /// Index of the regular expression; it must match the whole path.
    case regex(Int)
    /// CONNECT, which has no path.
    case connect
  }
  let kind: Kind
  /// In lower case when case is ignored; empty for a regular expression.
  let text: ByteRange
  let ignoresCase: Bool
  /// The pattern's first bytes, and which of a path's first eight must equal them.
  private let firstWord: UInt64
  private let firstMask: UInt64

  init(kind: Kind, text: ByteRange, ignoresCase: Bool, bytes: [UInt8]) {
    self.kind = kind
    self.text = text
    self.ignoresCase = ignoresCase
    firstWord = bytes.span.extracting(text.indices).firstWord
    firstMask = text.count >= 8 ? ~0 : (1 &<< UInt64(text.count * 8)) &- 1
  }

  /// - Parameters:
  ///   - path: without the query.
  ///   - first: the path's first eight bytes.
  @inline(__always)
  func matches(
    _ path: borrowing Span<UInt8>, first: UInt64, _ program: RouteProgram,
    _ workspace: PatternWorkspace
  ) -> Bool {
    let word = ignoresCase ? first.lowercasedBytes : first
    guard word & firstMask == firstWord, path.count >= Int(text.count) else { return false }
    return matchesFurther(path, program, workspace)
  }

  private func matchesFurther(
    _ path: borrowing Span<UInt8>, _ program: RouteProgram, _ workspace: PatternWorkspace
  ) -> Bool {
    let n = Int(text.count)
    switch kind {
    case .prefix: return n <= 8 || beginsWithText(path, n, program)
    case .exact: return path.count == n && (n <= 8 || beginsWithText(path, n, program))
    case .separatedPrefix:
      guard path.count == n || path[n] == 0x2F else { return false }
      return n <= 8 || beginsWithText(path, n, program)
    case .regex(let index): return program.regexes[index].matches(path, workspace)
    case .connect: return false
    }
  }

  var takesConnect: Bool { if case .connect = kind { true } else { false } }

  private func beginsWithText(
    _ path: borrowing Span<UInt8>, _ n: Int, _ program: RouteProgram
  ) -> Bool {
    let start = path.extracting(0..<n)
    return ignoresCase
      ? start.isEqual(toLowercase: program.text(text)) : start.isEqual(to: program.text(text))
  }
}
