import HTTP1
import HTTPModel
import Memory

// Any bytes as a request head: split feeding changes nothing, and what is sent on decodes to the same.

private struct Request: Equatable {
  var consumed: Int
  var method: [UInt8]
  var target: [UInt8]
  var authority: [UInt8]
  var framing: BodyFraming
  var lines: [Line]

  init(_ head: RequestHead, consumed: Int) {
    self.consumed = consumed
    method = copy(head.text(head.methodText))
    target = copy(head.text(head.target))
    authority = copy(head.text(head.authority))
    framing = head.framing
    lines = head.endToEndLines
  }
}

private let limits = HTTP1Limits(maxHeadBytes: 2048, maxHeaderCount: 20)
nonisolated(unsafe) private let head = RequestHead()
nonisolated(unsafe) private let buffer = ByteBuffer(capacity: 4096)

private func judge(_ input: Span<UInt8>, ends: [Int]) -> Verdict<Request> {
  var decoder = RequestHeadDecoder(limits: limits)
  do {
    for end in ends {
      if case .head(let consumed) = try decoder.decode(input.extracting(0..<end), into: head) {
        return .accepted(Request(head, consumed: consumed))
      }
    }
    return .incomplete
  } catch { return .refused }
}

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  let input = unsafe Span(_unsafeStart: start, count: count)
  let pieces = judge(input, ends: cuts(input))
  let whole = judge(input, ends: [count])
  precondition(whole.allows(pieces), "split feeding changes nothing")
  guard case .accepted(let request) = whole, !request.authority.isEmpty else { return 0 }
  buffer.clear()
  RequestHeadEncoder.encode(head, into: buffer)
  let sent = copy(buffer.readable)
  guard sent.count <= 2048, head.fieldCount < 18 else { return 0 }
  guard case .accepted(var again) = judge(sent.span, ends: [sent.count]) else {
    preconditionFailure("what is sent on is well-formed")
  }
  precondition(again.consumed == sent.count, "nothing is left behind the head sent on")
  again.consumed = request.consumed
  precondition(again == request, "what is sent on means the same")
  return 0
}
