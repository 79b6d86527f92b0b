import HTTP1
import HTTPModel
import Memory

// Any bytes as a response head: split feeding changes nothing, and what is sent on decodes to the same.
// The first byte chooses the request's method.

private struct Response: Equatable {
  var consumed: Int
  var status: Int
  var framing: BodyFraming
  var lines: [Line]
}

private let limits = HTTP1Limits(maxHeadBytes: 2048, maxHeaderCount: 20)
nonisolated(unsafe) private let head = ResponseHead()
nonisolated(unsafe) private let buffer = ByteBuffer(capacity: 4096)

private func judge(
  _ input: Span<UInt8>, answering method: HTTPMethod, ends: [Int]
) -> Verdict<Response> {
  var decoder = ResponseHeadDecoder(limits: limits)
  do {
    for end in ends {
      let piece = input.extracting(0..<end)
      if case .head(let consumed) = try decoder.decode(piece, answering: method, into: head) {
        return .accepted(
          Response(
            consumed: consumed, status: head.status, framing: head.framing,
            lines: head.endToEndLines))
      }
    }
    return .incomplete
  } catch { return .refused }
}

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  guard count > 0 else { return 0 }
  let all = unsafe Span(_unsafeStart: start, count: count)
  let method = [HTTPMethod.get, .head, .connect, .post][Int(all[0] & 3)]
  let input = all.extracting(1..<count)
  let pieces = judge(input, answering: method, ends: cuts(input))
  let whole = judge(input, answering: method, ends: [input.count])
  precondition(whole.allows(pieces), "split feeding changes nothing")
  guard case .accepted(let response) = whole, method != .connect, !head.isInterim else { return 0 }
  buffer.clear()
  let framing = ResponseHeadEncoder.encode(
    head, answering: method, to: .http11, keepsAlive: true, into: buffer)
  let sent = copy(buffer.readable)
  guard sent.count <= 2048, head.fieldCount < 18 else { return 0 }
  guard case .accepted(let again) = judge(sent.span, answering: method, ends: [sent.count]) else {
    preconditionFailure("what is sent on is well-formed")
  }
  precondition(again.consumed == sent.count, "nothing is left behind the head sent on")
  precondition(again.status == response.status && again.lines == response.lines)
  precondition(again.framing == framing, "the body is sent as the head says")
  return 0
}
