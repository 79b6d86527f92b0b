import GRPC
import HTTPModel
import Memory

// Any bytes as a body of gRPC-Web, either way: split feeding changes nothing, what is decoded encodes again to
// the text it came from, and what a client is sent decodes to what the endpoint said. The first byte chooses
// the direction.

/// What a request's text stands for; nil: it is none.
private func decode(_ input: [UInt8], ends: [Int]) -> [UInt8]? {
  var decoder = Base64Decoder()
  let output = ByteBuffer(capacity: 0)
  var start = 0
  do throws(Base64Fault) {
    for end in ends {
      let before = output.count
      try decoder.decode(Array(input[start..<end]).span, into: output)
      precondition(output.count - before <= end - start, "no piece becomes longer")
      start = end
    }
    try decoder.end()
  } catch { return nil }
  return [UInt8](output)
}

/// The text of bytes, in as many texts as the one given was.
private func encode(_ bytes: [UInt8], like text: [UInt8]) -> [UInt8] {
  var encoder = Base64Encoder()
  let output = ByteBuffer(capacity: 0)
  var rest = bytes[...]
  for group in stride(from: 0, to: text.count, by: 4) {
    let padding = text[group..<group + 4].count { $0 == UInt8(ascii: "=") }
    encoder.encode(Array(rest.prefix(3 - padding)).span, into: output)
    if padding > 0 { encoder.finish(into: output) }
    rest = rest.dropFirst(3 - padding)
  }
  return [UInt8](output)
}

private func checkRequest(_ input: [UInt8], ends: [Int]) {
  let whole = decode(input, ends: [input.count])
  precondition(whole == decode(input, ends: ends), "split feeding changes nothing")
  guard let whole else { return }
  precondition(encode(whole, like: input) == input, "what is encoded is what was decoded")
}

/// What a client is sent of a response that is cut off at its end.
private func respond(_ input: [UInt8], ends: [Int], isText: Bool) -> [UInt8] {
  var encoder = GRPCWebEncoder(isText: isText)
  let output = ByteBuffer(capacity: 0)
  var start = 0
  for end in ends {
    let before = output.count
    let piece = Array(input[start..<end])
    if isText {
      encoder.encode(piece.span, into: output)
    } else {
      encoder.follow(piece.span)
      output.append(piece)
    }
    precondition(output.count - before <= piece.count * 2 + GRPCWebEncoder.overheadBytes)
    start = end
  }
  let message = encoder.isBetweenMessages ? [] : Array("cut off".utf8)
  encoder.encodeEnd(
    nil, else: .unavailable, message.span, in: ByteBuffer(capacity: 0), into: output)
  return [UInt8](output)
}

private func checkResponse(_ input: [UInt8], ends: [Int]) {
  let plain = respond(input, ends: [input.count], isText: false)
  precondition(plain.starts(with: input), "messages pass as they are")
  precondition(plain == respond(input, ends: ends, isText: false))
  let text = respond(input, ends: [input.count], isText: true)
  precondition(text == respond(input, ends: ends, isText: true), "split feeding changes nothing")
  precondition(decode(text, ends: [text.count]) == plain, "text is the same as base64")
}

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  guard count > 0 else { return 0 }
  let all = unsafe Span(_unsafeStart: start, count: count)
  let body = all.extracting(1..<count)
  let input = copy(body)
  if all[0] & 1 == 0 {
    checkRequest(input, ends: cuts(body))
  } else {
    checkResponse(input, ends: cuts(body))
  }
  _ = GRPCMediaType(body)
  _ = GRPCMediaType.firstWeb(in: body)
  if let path = GRPCMethodPath(body) {
    precondition(path.service.upperBound + 1 == path.method.lowerBound)
  }
  return 0
}
