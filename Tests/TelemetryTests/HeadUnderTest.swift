import HTTPModel
import Memory

@testable import Telemetry

/// Builds a request's head as a codec would: names in lower case, blanks around values kept away.
func requestHead(
  _ fields: [(String, String)] = [], method: HTTPMethod = .get, methodText: String = "GET",
  target: String = "/", authority: String = "example.test"
) -> RequestHead {
  let head = RequestHead()
  head.method = method
  head.methodText = place(methodText, in: head)
  head.target = place(target, in: head)
  let pathEnd = target.utf8.firstIndex(of: UInt8(ascii: "?")) ?? target.utf8.endIndex
  let pathCount = target.utf8.distance(from: target.utf8.startIndex, to: pathEnd)
  let start = Int(head.target.offset)
  head.path = ByteRange(offset: start, count: pathCount)
  let queryCount = max(0, target.utf8.count - pathCount - 1)
  head.query = ByteRange(offset: start + target.utf8.count - queryCount, count: queryCount)
  head.authority = place(authority, in: head)
  for (name, value) in fields {
    let lower = name.lowercased()
    let known = KnownHeader.allCases.first { "\($0.name)" == lower } ?? .other
    head.add(known, name: Array(lower.utf8).span, value: Array(value.utf8).span)
  }
  return head
}

private func place(_ text: String, in head: RequestHead) -> ByteRange {
  let offset = head.bytes.count
  head.bytes.append(text)
  return ByteRange(offset: offset, count: text.utf8.count)
}

extension Span where Element == UInt8 {
  var text: String {
    var bytes: [UInt8] = []
    for index in indices { bytes.append(self[index]) }
    return String(decoding: bytes, as: UTF8.self)
  }
}

extension RequestHead {
  /// Values sent on under that name, in order.
  func forwarded(_ known: KnownHeader) -> [String] {
    (0..<fieldCount).filter { field(at: $0).known == known && field(at: $0).isForwarded }
      .map { value(at: $0).text }
  }
}
