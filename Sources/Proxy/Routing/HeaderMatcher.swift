import HTTPModel
import Memory
import Patterns

/// A compiled `HeaderMatcher`.
struct HeaderMatcher: Sendable {
  enum Subject: Sendable {
    case field(FieldName)
    case method, path, authority, scheme
  }
  enum Condition: Sendable {
    case value(ValueMatcher)
    /// start <= value < end
    case range(start: Int64, end: Int64)
    case present(Bool)
  }
  var subject: Subject
  var condition: Condition
  var inverts: Bool
  var treatsMissingAsEmpty: Bool

  /// A header that is absent fits no condition but `present`, inverted or not, unless it is to be
  /// treated as empty. Several fields of one name count as one, joined by commas, but for a range.
  func matches(
    _ head: RequestHead, _ origin: RequestOrigin, _ program: RouteProgram,
    _ workspace: PatternWorkspace
  ) -> Bool {
    switch subject {
    case .method: return holds(head.text(head.methodText), program, workspace) != inverts
    case .path: return holds(head.text(head.target), program, workspace) != inverts
    case .scheme:
      let scheme = origin.isSecure ? program.https : program.http
      return holds(program.text(scheme), program, workspace) != inverts
    case .authority:
      return head.authority.isEmpty
        ? holdsForMissing(program, workspace)
        : holds(head.text(head.authority), program, workspace) != inverts
    case .field(let name): return matches(name, head, program, workspace)
    }
  }

  private func matches(
    _ name: FieldName, _ head: RequestHead, _ program: RouteProgram, _ workspace: PatternWorkspace
  ) -> Bool {
    let text = program.text(name.text)
    guard let first = head.nextIndex(of: name.known, name: text, from: 0) else {
      return holdsForMissing(program, workspace)
    }
    if case .present(let wanted) = condition { return wanted != inverts }
    guard let second = head.nextIndex(of: name.known, name: text, from: first &+ 1) else {
      return holds(head.value(at: first), program, workspace) != inverts
    }
    if case .range = condition {
      return anyHolds(from: first, name, head, program, workspace) != inverts
    }
    let unjoined = head.bytes.count
    let joined = join(first, second, name, head, program)
    let result = holds(head.text(joined), program, workspace) != inverts
    head.bytes.truncate(to: unjoined)
    return result
  }

  /// No number has a comma in it: of several fields, one in the range will do.
  private func anyHolds(
    from first: Int, _ name: FieldName, _ head: RequestHead, _ program: RouteProgram,
    _ workspace: PatternWorkspace
  ) -> Bool {
    var index: Int? = first
    while let found = index {
      if holds(head.value(at: found), program, workspace) { return true }
      index = head.nextIndex(of: name.known, name: program.text(name.text), from: found &+ 1)
    }
    return false
  }

  /// Writes the values, joined by commas, behind the head's bytes.
  private func join(
    _ first: Int, _ second: Int, _ name: FieldName, _ head: RequestHead, _ program: RouteProgram
  ) -> ByteRange {
    let start = head.bytes.count
    head.bytes.append(head.value(at: first))
    var index: Int? = second
    while let found = index {
      head.bytes.append(0x2C)
      head.bytes.append(head.value(at: found))
      index = head.nextIndex(of: name.known, name: program.text(name.text), from: found &+ 1)
    }
    return ByteRange(offset: start, count: head.bytes.count &- start)
  }

  private func holdsForMissing(_ program: RouteProgram, _ workspace: PatternWorkspace) -> Bool {
    if treatsMissingAsEmpty { return holds(program.text(.empty), program, workspace) != inverts }
    if case .present(let wanted) = condition { return !wanted != inverts }
    return false
  }

  private func holds(
    _ value: borrowing Span<UInt8>, _ program: RouteProgram, _ workspace: PatternWorkspace
  ) -> Bool {
    switch condition {
    case .present(let wanted): return wanted
    case .value(let matcher): return matcher.matches(value, program, workspace)
    case .range(let start, let end):
      guard let number = value.signedDecimalValue else { return false }
      return number >= start && number < end
    }
  }
}

extension Span where Element == UInt8 {
  /// The number these bytes spell, with or without a sign; nil when they spell none.
  var signedDecimalValue: Int64? {
    guard count > 0 else { return nil }
    let signed = self[0] == 0x2D || self[0] == 0x2B
    guard let magnitude = extracting((signed ? 1 : 0)..<count).decimalValue else { return nil }
    return self[0] == 0x2D ? Int64(exactly: -Int128(magnitude)) : Int64(exactly: magnitude)
  }
}
