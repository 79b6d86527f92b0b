import HTTPModel
import Memory
import Testing

@testable import GRPC

@Suite struct GRPCWebTests {
  private let messages: [[UInt8]] = [
    [], [1], Array("seven bytes".utf8), [UInt8](repeating: 9, count: 300),
  ]

  private func trailers(_ fields: [(StaticString, String)]) -> Trailers {
    let trailers = Trailers()
    for (name, value) in fields { trailers.add(name, value) }
    return trailers
  }

  /// What the client gets of a whole response.
  private func encode(
    _ pieces: [[UInt8]], isText: Bool, _ trailers: Trailers?, else status: GRPCStatus = .unknown,
    _ message: String = ""
  ) -> [UInt8] {
    var encoder = GRPCWebEncoder(isText: isText)
    let output = ByteBuffer(capacity: 64)
    for piece in pieces {
      let before = output.count
      if isText {
        encoder.encode(piece.span, into: output)
      } else {
        encoder.follow(piece.span)
        output.append(piece)
      }
      #expect(output.count - before <= piece.count * 2 + GRPCWebEncoder.overheadBytes)
    }
    let text = Array(message.utf8)
    encoder.encodeEnd(
      trailers, else: status, text.span, in: ByteBuffer(capacity: 8), into: output)
    return [UInt8](output)
  }

  private func decoded(_ text: [UInt8]) throws -> [UInt8] {
    var decoder = Base64Decoder()
    let output = ByteBuffer(capacity: 64)
    try decoder.decode(text.span, into: output)
    try decoder.end()
    return [UInt8](output)
  }

  private let ending = frame(Array("grpc-status: 0\r\nx-seen: yes\r\n".utf8), flag: 0x80)

  @Test func messagesPassAndTrailersFollowAsAFrame() {
    let body = messages.flatMap { frame($0) }
    let end = trailers([("grpc-status", "0"), ("X-Seen", "yes")])
    for pieces in cuts(body) { #expect(encode(pieces, isText: false, end) == body + ending) }
  }

  @Test func asTextEachMessageIsATextOfItsOwn() throws {
    let body = messages.flatMap { frame($0) }
    let end = trailers([("grpc-status", "0"), ("x-seen", "yes")])
    let whole = encode([body], isText: true, end)
    var encoder = Base64Encoder()
    let expected = ByteBuffer(capacity: 64)
    for part in messages.map({ frame($0) }) + [ending] {
      encoder.encode(part.span, into: expected)
      encoder.finish(into: expected)
    }
    #expect(whole == [UInt8](expected))
    #expect(try decoded(whole) == body + ending)
    for pieces in cuts(body) { #expect(encode(pieces, isText: true, end) == whole) }
  }

  @Test func aResponseThatIsCutOffStillEndsWithAFrameOfText() throws {
    let body = Array(frame([1, 2, 3, 4]).dropLast())
    let text = encode([body], isText: true, nil, else: .unavailable, "gone")
    let end = frame(Array("grpc-status: 14\r\ngrpc-message: gone\r\n".utf8), flag: 0x80)
    #expect(try decoded(text) == body + end)
  }

  @Test func aStatusThatIsMissingIsAdded() {
    let end = encode([], isText: false, trailers([("x", "y")]), else: .unknown, "100 % ü")
    let text = "x: y\r\ngrpc-status: 2\r\ngrpc-message: 100 %25 %C3%BC\r\n"
    #expect(end == frame(Array(text.utf8), flag: 0x80))
    #expect(
      encode([], isText: false, nil, else: .ok)
        == frame(
          Array("grpc-status: 0\r\n".utf8), flag: 0x80))
  }

  @Test func trailersMayFollowBetweenMessagesOnly() {
    let body = messages.flatMap { frame($0) }
    var ends: Set<Int> = [0]
    for message in messages { ends.insert(ends.max()! + 5 + message.count) }
    for count in 0...body.count {
      var encoder = GRPCWebEncoder(isText: false)
      encoder.follow(Array(body[..<count]).span)
      #expect(encoder.isBetweenMessages == ends.contains(count))
    }
  }

  @Test func messagesAreCountedHoweverTheyAreCut() {
    let body = messages.flatMap { frame($0) }
    for pieces in cuts(body) {
      var scanner = GRPCFrameScanner()
      for piece in pieces { scanner.skip(piece.span) }
      #expect(scanner.messageCount == UInt64(messages.count))
      #expect(scanner.isBetweenMessages)
    }
  }

  @Test func aMessageMaySayAnythingOfItsLength() {
    var scanner = GRPCFrameScanner()
    scanner.skip([0, 255, 255, 255, 255].span)
    for _ in 0..<100 { scanner.skip([UInt8](repeating: 0, count: 1000).span) }
    #expect(scanner.messageCount == 1)
    #expect(!scanner.isBetweenMessages)
  }

  @Test(
    "types are told apart",
    arguments: [
      ("application/grpc", .grpc, ""), ("application/grpc+proto", .grpc, "proto"),
      ("Application/GRPC; charset=x", .grpc, ""), ("application/grpc-web", .web, ""),
      ("application/grpc-web+json ;a=b", .web, "json"), ("application/grpc-web-text", .webText, ""),
      ("application/grpc-web-text+proto", .webText, "proto"),
      ("application/grpc-web-text-base64", .webText, ""), ("application/grpc-web+", .web, ""),
      ("application/grpc-webs", nil, ""), ("application/grpcs", nil, ""),
      ("application/grp", nil, ""),
      ("application/grpc-web-tex", nil, ""), ("application/json", nil, ""), ("", nil, ""),
    ] as [(String, GRPCMediaType.Form?, String)])
  func mediaTypes(_ text: String, _ form: GRPCMediaType.Form?, _ format: String) {
    let bytes = Array(text.utf8)
    let type = GRPCMediaType(bytes.span)
    #expect(type?.form == form)
    if let type { #expect(Array(bytes[type.format]) == Array(format.utf8)) }
  }

  @Test(
    "a list of what is accepted names the form of the answer",
    arguments: [
      ("application/grpc-web-text", .webText), ("*/*", nil), ("", nil),
      ("text/html, application/grpc-web-text+proto;q=1", .webText),
      ("application/grpc, application/grpc-web+proto,application/grpc-web-text", .web),
    ] as [(String, GRPCMediaType.Form?)])
  func accepted(_ list: String, _ form: GRPCMediaType.Form?) {
    #expect(GRPCMediaType.firstWeb(in: Array(list.utf8).span) == form)
  }
}
