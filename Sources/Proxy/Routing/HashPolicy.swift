import HTTPModel
import Platform

/// A compiled `HashPolicy`.
struct HashPolicy: Sendable {
  enum Input: Sendable {
    case header(FieldName)
    case cookie(ByteRange)
    case sourceIP
    case queryParameter(ByteRange)
  }
  var input: Input
  var isTerminal: Bool

  /// nil when the request has no such input.
  func hash(_ head: RequestHead, _ origin: RequestOrigin, _ program: RouteProgram) -> UInt64? {
    switch input {
    case .header(let name): return headerHash(name, head, program)
    case .cookie(let name): return cookieHash(program.text(name), head)
    case .sourceIP: return ByteHash.words(origin.remoteAddress.high, origin.remoteAddress.low)
    case .queryParameter(let name):
      let query = head.text(head.query)
      guard let range = query.parameter(named: program.text(name)) else { return nil }
      return ByteHash.xxHash64(query.extracting(range))
    }
  }

  /// Several fields of one name hash alike in any order.
  private func headerHash(
    _ name: FieldName, _ head: RequestHead, _ program: RouteProgram
  ) -> UInt64? {
    let text = program.text(name.text)
    var index = head.nextIndex(of: name.known, name: text, from: 0)
    guard index != nil else { return nil }
    var sum: UInt64 = 0
    while let found = index {
      sum &+= ByteHash.xxHash64(head.value(at: found))
      index = head.nextIndex(of: name.known, name: text, from: found &+ 1)
    }
    return sum
  }

  private func cookieHash(_ name: borrowing Span<UInt8>, _ head: RequestHead) -> UInt64? {
    var index = head.nextIndex(of: .cookie, name: name, from: 0)
    while let found = index {
      let value = head.value(at: found)
      if let range = value.cookie(named: name), !range.isEmpty {
        return ByteHash.xxHash64(value.extracting(range))
      }
      index = head.nextIndex(of: .cookie, name: name, from: found &+ 1)
    }
    return nil
  }
}
