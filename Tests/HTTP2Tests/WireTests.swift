import Memory
import Testing

@testable import HTTP2

/// A server that is sent frames made by hand, cut at every byte.
@Suite struct WireTests {
  private static let preface =
    [UInt8]("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8) + frame(FrameType.settings)
  /// GET / of shop, as HPACK says it without a table.
  private static let fields: [UInt8] = [0x82, 0x86, 0x84, 0x01, 4] + [UInt8]("shop".utf8)
  private static let post: [UInt8] = [0x83] + fields.dropFirst()
  private static let emptyLength: [UInt8] = [0x0F, 0x0D, 1, 0x30]

  private static func frame(
    _ type: UInt8, on stream: UInt8 = 0, flags: UInt8 = 0, _ payload: [UInt8] = []
  ) -> [UInt8] {
    [0, UInt8(payload.count >> 8), UInt8(payload.count & 0xFF), type, flags, 0, 0, 0, stream]
      + payload
  }

  private static func headers(_ stream: UInt8, _ block: [UInt8] = fields, end: Bool = true)
    -> [UInt8]
  {
    frame(FrameType.headers, on: stream, flags: end ? 5 : 4, block)
  }

  private static func data(_ stream: UInt8, _ text: String, end: Bool = true) -> [UInt8] {
    frame(FrameType.data, on: stream, flags: end ? 1 : 0, [UInt8](text.utf8))
  }

  private static func number(_ value: UInt32) -> [UInt8] {
    [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
  }

  /// The code of the GOAWAY that a server says to these frames, and what its streams heard.
  private func serve(
    _ bytes: [UInt8], piece: Int, answering: Bool = false
  ) throws -> (goAway: String?, streams: [[StreamEvent]]) {
    let server = try Side(server: true)
    if answering {
      server.answer = { [unowned server] stream in
        if stream.outgoing == nil { server.session.send(response(204), body: nil, on: stream) }
      }
    }
    _ = try server.output()
    var said: [UInt8] = []
    var rest = (Self.preface + bytes)[...]
    while !rest.isEmpty {
      try server.input(rest.prefix(piece))
      rest = rest.dropFirst(piece)
      if answering || rest.isEmpty { said += try server.output() }
    }
    return (Self.goAwayCode(in: said), server.streams.map(\.events))
  }

  private static func goAwayCode(in frames: [UInt8]) -> String? {
    var scanner = FrameScanner(preface: 0)
    var position = 0
    while let frame = scanner.next(frames.span, &position) {
      // The code's last byte: behind the header's last byte and the last stream.
      if frame.type == 7 {
        return HTTP2ErrorCode(rawValue: UInt32(frames[position + 8])).name
      }
    }
    return nil
  }

  private static let pieces = [1, 2, 5, 9, 10, 33, Int.max]

  @Test("DATA on a stream that is over ends the connection", arguments: pieces)
  func dataAfterTheEnd(_ piece: Int) throws {
    let got = try serve(Self.headers(1) + Self.data(1, "late"), piece: piece, answering: true)
    #expect(got.goAway == "STREAM_CLOSED")
  }

  @Test("HEADERS on a stream that was passed over end the connection", arguments: pieces)
  func passedOver(_ piece: Int) throws {
    let got = try serve(Self.headers(5) + Self.headers(3), piece: piece, answering: true)
    #expect(got.goAway == "PROTOCOL_ERROR")
    #expect(got.streams.count == 1)
  }

  @Test(
    "what comes behind our reset is passed over, and the next request served", arguments: pieces)
  func behindReset(_ piece: Int) throws {
    let upper: [UInt8] = [0, 1, 0x58, 1, 0x31]
    let got = try serve(
      Self.headers(1, Self.post + upper, end: false) + Self.data(1, "late") + Self.headers(3),
      piece: piece, answering: true)
    #expect(got.goAway == nil)
    #expect(got.streams.last?.first == .head(ended: true))
    #expect(got.streams.first?.first == .fault(.uppercaseName))
  }

  @Test("a head that promises no body is handed over with its end", arguments: pieces)
  func heldHead(_ piece: Int) throws {
    let head = Self.headers(1, Self.post + Self.emptyLength, end: false)
    #expect(try serve(head, piece: piece).streams == [[]])
    #expect(try serve(head + Self.data(1, ""), piece: piece).streams == [[.head(ended: true)]])
    #expect(
      try serve(head + Self.headers(1, [0, 1, 0x61, 1, 0x62]), piece: piece).streams
        == [[.head(ended: false), .end(trailers: ["a: b"])]])
    let refused = try serve(head + Self.data(1, "GET / HTTP/1.1"), piece: piece).streams
    #expect(refused == [[.fault(.lengthDiffers), .closed("PROTOCOL_ERROR")]])
  }

  @Test("SETTINGS that take a stream's window above 2^31 - 1 end the connection", arguments: pieces)
  func settingsAboveWindow(_ piece: Int) throws {
    let open = Self.headers(1, Self.post, end: false)
    let wide = Self.frame(FrameType.windowUpdate, on: 1, Self.number(UInt32(Int32.max) - 65_535))
    func initial(_ size: UInt32) -> [UInt8] {
      Self.frame(FrameType.settings, [0, 4] + Self.number(size))
    }
    #expect(
      try serve(open + wide + initial(65_536), piece: piece).goAway == "FLOW_CONTROL_ERROR")
    #expect(try serve(open + wide + initial(65_535), piece: piece).goAway == nil)
    #expect(try serve(open + wide + initial(1), piece: piece).goAway == nil)
  }
}
