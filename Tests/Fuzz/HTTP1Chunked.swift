import HTTP1
import HTTPModel
import Memory

// Any bytes as a chunked body: split feeding changes nothing, and the body encoded again is the same.

private struct Body: Equatable {
  var consumed = 0
  var bytes: [UInt8] = []
  var trailers: [Line] = []
}

private let limits = HTTP1Limits(maxHeadBytes: 2048, maxHeaderCount: 20)
nonisolated(unsafe) private let trailers = Trailers()
nonisolated(unsafe) private let buffer = ByteBuffer(capacity: 4096)

private func judge(_ input: Span<UInt8>, ends: [Int]) -> Verdict<Body> {
  var decoder = BodyDecoder(framing: .chunked, limits: limits)
  var body = Body()
  do {
    feeding: for end in ends {
      while true {
        let piece = input.extracting(body.consumed..<end)
        switch try decoder.decode(piece, into: trailers) {
        case .needMoreBytes(let consumed):
          body.consumed += consumed
          continue feeding
        case .data(let skipped, let count):
          precondition(count > 0, "no empty stretch is handed over")
          body.bytes += copy(piece.extracting(skipped..<skipped + count))
          body.consumed += skipped + count
        case .end(let consumed):
          body.consumed += consumed
          body.trailers = trailers.endToEndLines
          return .accepted(body)
        }
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
  guard case .accepted(let body) = whole else { return 0 }
  buffer.clear()
  BodyEncoder.encodeChunk(body.bytes.span, into: buffer)
  BodyEncoder.encodeEnd(trailers: trailers, into: buffer)
  let sent = copy(buffer.readable)
  guard case .accepted(var again) = judge(sent.span, ends: [sent.count]) else {
    preconditionFailure("what is sent on is well-formed")
  }
  precondition(again.consumed == sent.count, "nothing is left behind the body sent on")
  again.consumed = body.consumed
  precondition(again == body, "what is sent on is the same body")
  return 0
}
