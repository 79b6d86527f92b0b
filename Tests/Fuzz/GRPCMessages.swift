import GRPC

// Any bytes as a stream of gRPC messages: split feeding changes nothing, and the messages encoded again
// are the bytes they came from.

private func judge(_ input: [UInt8], ends: [Int]) -> (messages: [[UInt8]], fault: GRPCFault?) {
  var decoder = GRPCMessageDecoder(maxMessageBytes: 1 << 16)
  var messages: [[UInt8]] = []
  var start = 0
  for end in ends {
    do throws(GRPCFault) {
      messages += try decoder.decode(Array(input[start..<end]))
    } catch { return (messages, error) }
    start = end
  }
  return (messages, nil)
}

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  let bytes = unsafe Span(_unsafeStart: start, count: count)
  let input = copy(bytes)
  let pieces = judge(input, ends: cuts(bytes))
  let whole = judge(input, ends: [count])
  precondition(whole.fault == pieces.fault, "split feeding changes nothing")
  // What came before a fault in the same piece is dropped with it.
  precondition(pieces.messages.starts(with: whole.messages))
  precondition(whole.fault != nil || whole.messages == pieces.messages)
  let sent = pieces.messages.flatMap { GRPCMessageDecoder.encode($0) }
  precondition(input.starts(with: sent), "what is encoded is what was decoded")
  return 0
}
