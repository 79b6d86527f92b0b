import HTTPModel
import Memory
import Testing

@testable import HTTP2

/// Requests and responses between two sessions of ours.
@Suite struct RoundTripTests {
  private func client(_ pair: ConnectionPair, _ head: RequestHead, body: [UInt8]? = nil) throws
    -> RecordingStream
  {
    let stream = RecordingStream(response: ResponseHead(), answering: head.method)
    var buffer: ByteBuffer?
    if let body {
      let out = ByteBuffer(capacity: body.count)
      out.append(body)
      buffer = out
    }
    try pair.client.session.send(head, scheme: "http", body: buffer, on: stream)
    if body != nil { pair.client.session.endBody(of: stream, trailers: nil) }
    return stream
  }

  private func answering(
    _ pair: ConnectionPair, _ head: @escaping () -> ResponseHead, _ body: String? = nil,
    trailers: Trailers? = nil
  ) {
    pair.server.answer = { [unowned server = pair.server] stream in
      guard stream.isOutgoingComplete == false, stream.outgoing == nil else { return }
      var buffer: ByteBuffer?
      if let body {
        let out = ByteBuffer(capacity: 16)
        out.append(body)
        buffer = out
      }
      server.session.send(head(), body: buffer, on: stream)
      if body != nil { server.session.endBody(of: stream, trailers: trailers) }
    }
  }

  @Test("a request arrives as HTTP/1.1 would have read it, however its bytes are cut")
  func requestHead() throws {
    for piece in [1, 2, 7, 64, Int.max] {
      let pair = try ConnectionPair()
      answering(pair, { response(204) })
      let stream = try client(
        pair,
        request(
          "GET", "/a?b=1",
          [("Accept", "*/*"), ("X-Odd", "é"), ("cookie", "a=1"), ("cookie", "b=2")]))
      try pair.settle(piece: piece)
      let got = try #require(pair.server.streams.first)
      #expect(got.events.first == .head(ended: true))
      let head = try #require(got.request)
      #expect(text(head, head.methodText) == "GET" && head.method == .get)
      #expect(text(head, head.target) == "/a?b=1" && text(head, head.path) == "/a")
      #expect(text(head, head.query) == "b=1")
      #expect(text(head, head.authority) == "shop.example")
      #expect(
        lines(head) == ["host: shop.example", "accept: */*", "x-odd: é", "cookie: a=1; b=2"])
      #expect(head.version == .http2 && head.framing == .none)
      #expect(stream.response?.status == 204)
      #expect(stream.events == [.head(ended: true), .closed("NO_ERROR")])
    }
  }

  @Test("few bytes that come to many fields are taken piece by piece, and nothing of them is lost")
  func expansion() throws {
    let pair = try ConnectionPair()
    answering(pair, { response(204) })
    // The value is sent once, and named in a byte from then on.
    let large = String(repeating: "v", count: 3500)
    let fields = (0..<15).map { _ in ("x-large", large) }
    let asked = try (0..<40).map { _ in try client(pair, request("GET", "/", fields)) }
    let buffer = ByteBuffer(capacity: 0)
    buffer.append(try pair.client.output())
    var rests: [Int] = []
    while !buffer.isEmpty {
      try pair.server.session.receive(buffer, now: pair.server.now)
      rests.append(buffer.count)
    }
    #expect(rests.count > 6 && rests == rests.sorted(by: >))
    #expect(pair.server.streams.count == asked.count)
    #expect(pair.server.streams.allSatisfy { $0.request.map(lines)?.count == 16 })
    try pair.settle()
    #expect(asked.allSatisfy { $0.response?.status == 204 })
  }

  @Test("bodies and trailers go both ways")
  func bodies() throws {
    let pair = try ConnectionPair()
    let trailers = Trailers()
    trailers.add("grpc-status", "0")
    answering(
      pair, { response(200, [("Content-Type", "text/plain")], framing: .chunked) }, "pong",
      trailers: trailers)
    let stream = try client(
      pair, request("POST", "/", framing: .length(4)), body: Array("ping".utf8))
    try pair.settle()
    let got = try #require(pair.server.streams.first)
    #expect(got.body == "ping")
    #expect(got.request?.framing == .length(4))
    #expect(stream.body == "pong")
    #expect(stream.events.contains(.end(trailers: ["grpc-status: 0"])))
    #expect(lines(try #require(stream.response)) == ["content-type: text/plain"])
  }

  @Test("no more than a window is under way until it is consumed")
  func flowControl() throws {
    var settings = HTTP2Settings()
    settings.streamWindowBytes = 70_000
    let pair = try ConnectionPair(server: settings)
    answering(pair, { response(200) })
    let body = [UInt8](repeating: 0x61, count: 200_000)
    _ = try client(pair, request("POST", "/", framing: .length(200_000)), body: body)
    try pair.settle()
    let got = try #require(pair.server.streams.first)
    #expect(got.unconsumedBytes == 70_000)
    var rounds = 0
    while got.unconsumedBytes > 0, rounds < 100 {
      pair.server.session.consume(got.unconsumedBytes, of: got)
      try pair.settle()
      rounds += 1
    }
    #expect(got.body.utf8.count == 200_000)
    #expect(got.events.contains(.end(trailers: [])))
  }

  @Test("a reset reaches the other side with its code")
  func reset() throws {
    let pair = try ConnectionPair()
    let stream = try client(pair, request())
    try pair.settle()
    pair.server.session.reset(try #require(pair.server.streams.first), .refusedStream)
    try pair.settle()
    #expect(stream.events == [.closed("REFUSED_STREAM")])
    #expect(pair.server.session.openStreamCount == 0)
    #expect(pair.client.session.openStreamCount == 0)
  }

  @Test("GOAWAY tells the last stream that was looked at")
  func goAway() throws {
    let pair = try ConnectionPair()
    _ = try client(pair, request())
    try pair.settle()
    pair.server.session.goAway()
    try pair.settle()
    #expect(pair.client.events.contains("goaway 1 NO_ERROR"))
  }

  @Test("PINGs without end are answered with ENHANCE_YOUR_CALM")
  func pingFlood() throws {
    let pair = try ConnectionPair()
    try pair.settle()
    for _ in 0..<3000 where !pair.server.session.isTerminating {
      pair.client.session.ping()
      try pair.settle()
    }
    #expect(pair.server.events.contains("flood ping"))
    #expect(pair.client.events.contains("goaway 0 ENHANCE_YOUR_CALM"))
  }
}

extension RoundTripTests {
  @Test("a session that ended lets go of its streams and tells nothing more")
  func ended() throws {
    let pair = try ConnectionPair()
    weak var kept: RecordingStream?
    do {
      let stream = RecordingStream(response: ResponseHead(), answering: .get)
      try pair.client.session.send(request(), scheme: "http", body: nil, on: stream)
      kept = stream
    }
    try pair.settle()
    #expect(kept != nil)
    let answering = try #require(pair.server.streams.first)
    pair.server.session.send(response(204), body: nil, on: answering)
    pair.client.session.end()
    #expect(kept == nil)
    try pair.settle()
  }
}
