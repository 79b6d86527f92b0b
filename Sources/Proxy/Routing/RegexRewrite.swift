import HTTPModel
import Memory
import Patterns

/// A compiled `RegexMatchAndSubstitute`: replaces every part of a text that the pattern matches.
struct RegexRewrite: Sendable {
  /// Index of the regular expression.
  var regex: Int
  var substitution: ElementRange

  /// Appends `head`'s bytes at `range`, rewritten. Past the matching limit the rest stays as it was.
  func write(
    _ range: ByteRange, of head: RequestHead, to bytes: ByteBuffer, _ program: RouteProgram,
    _ workspace: PatternWorkspace
  ) {
    let regex = program.regexes[self.regex]
    let count = Int(range.count)
    var position = 0
    var lastEnd = -1
    while position <= count, regex.matches(head.text(range), from: position, workspace),
      let match = workspace.group(0)
    {
      bytes.append(head.text(range).extracting(position..<match.lowerBound))
      // Right behind a match, one of nothing is none.
      if !match.isEmpty || match.lowerBound != lastEnd {
        for index in substitution.indices {
          program.substitutions[index].write(head, range, to: bytes, program, workspace)
        }
      }
      lastEnd = match.upperBound
      position = lastEnd
      if match.isEmpty {
        if position < count { bytes.append(head.text(range)[position]) }
        position &+= 1
      }
    }
    if position < count { bytes.append(head.text(range).extracting(position..<count)) }
  }
}

/// A piece of a substitution: `\0` to `\9` stand for what a group matched, `\\` for a backslash.
enum SubstitutionPart: Sendable {
  case literal(ByteRange)
  case group(Int)

  fileprivate func write(
    _ head: RequestHead, _ subject: ByteRange, to bytes: ByteBuffer, _ program: RouteProgram,
    _ workspace: PatternWorkspace
  ) {
    switch self {
    case .literal(let range): bytes.append(program.text(range))
    case .group(let index):
      if let group = workspace.group(index) {
        bytes.append(head.text(subject).extracting(group))
      }
    }
  }
}
