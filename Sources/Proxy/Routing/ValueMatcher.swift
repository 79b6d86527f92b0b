import HTTPModel
import Patterns

/// A compiled `StringMatcher`: a test of some bytes. Patterns that ignore case are in lower case.
struct ValueMatcher: Sendable {
  enum Pattern: Sendable {
    case exact(ByteRange), prefix(ByteRange), suffix(ByteRange), contains(ByteRange)
    /// Index of the regular expression.
    case regex(Int)
  }
  var pattern: Pattern
  var ignoresCase: Bool

  func matches(
    _ value: borrowing Span<UInt8>, _ program: RouteProgram, _ workspace: PatternWorkspace
  ) -> Bool {
    switch pattern {
    case .exact(let range): return equals(value, program.text(range))
    case .prefix(let range):
      let n = Int(range.count)
      return value.count >= n && equals(value.extracting(0..<n), program.text(range))
    case .suffix(let range):
      let n = Int(range.count)
      return value.count >= n
        && equals(value.extracting((value.count &- n)..<value.count), program.text(range))
    case .contains(let range): return contains(value, program.text(range))
    case .regex(let index): return program.regexes[index].matches(value, workspace)
    }
  }

  private func equals(_ value: borrowing Span<UInt8>, _ text: borrowing Span<UInt8>) -> Bool {
    ignoresCase ? value.isEqual(toLowercase: text) : value.isEqual(to: text)
  }

  private func contains(_ value: borrowing Span<UInt8>, _ text: borrowing Span<UInt8>) -> Bool {
    guard value.count >= text.count else { return false }
    for start in 0...(value.count &- text.count)
    where equals(value.extracting(start..<(start &+ text.count)), text) {
      return true
    }
    return false
  }
}
