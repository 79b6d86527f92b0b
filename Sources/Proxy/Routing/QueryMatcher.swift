import HTTPModel
import Patterns

/// A compiled `QueryParameterMatcher`. Parameters are compared as sent, not percent-decoded; of
/// several of one name the first counts.
struct QueryMatcher: Sendable {
  var name: ByteRange
  /// nil: the parameter must be there.
  var value: ValueMatcher?

  func matches(_ head: RequestHead, _ program: RouteProgram, _ workspace: PatternWorkspace) -> Bool
  {
    let query = head.text(head.query)
    guard let range = query.parameter(named: program.text(name)) else { return false }
    return value?.matches(query.extracting(range), program, workspace) ?? true
  }
}

extension Span where Element == UInt8 {
  /// Where the value of a query parameter stands; empty when it has none, nil when it is absent.
  func parameter(named name: borrowing Span<UInt8>) -> Range<Int>? {
    pair(named: name, separator: 0x26)
  }

  /// Where the value of a cookie stands in a `cookie` field (RFC 6265 section 4.2.1).
  func cookie(named name: borrowing Span<UInt8>) -> Range<Int>? {
    pair(named: name, separator: 0x3B)
  }

  /// Looks through `name=value` pairs, blanks before a name left out.
  private func pair(named name: borrowing Span<UInt8>, separator: UInt8) -> Range<Int>? {
    var start = 0
    while start < count {
      while start < count, self[start] == 0x20 { start &+= 1 }
      var end = start
      while end < count, self[end] != separator { end &+= 1 }
      let nameEnd = start &+ name.count
      if nameEnd <= end, extracting(start..<nameEnd).isEqual(to: name) {
        if nameEnd == end { return end..<end }
        if self[nameEnd] == 0x3D { return (nameEnd &+ 1)..<end }
      }
      start = end &+ 1
    }
    return nil
  }
}
