import HTTP1
import HTTPModel
import Memory
import Testing

/// What asks for another protocol, and what agrees to it (RFC 9110 section 7.8).
@Suite struct UpgradeTests {
  private func request(_ lines: String, _ start: String = "GET / HTTP/1.1") throws -> RequestHead {
    let head = RequestHead()
    var decoder = RequestHeadDecoder(limits: HTTP1Limits())
    _ = try decoder.decode(Array("\(start)\r\nHost: a\r\n\(lines)\r\n".utf8).span, into: head)
    return head
  }

  private func response(_ lines: String) throws -> ResponseHead {
    let head = ResponseHead()
    var decoder = ResponseHeadDecoder(limits: HTTP1Limits())
    let text = "HTTP/1.1 101 Switching Protocols\r\n\(lines)\r\n"
    _ = try decoder.decode(Array(text.utf8).span, answering: .get, into: head)
    return head
  }

  private func upgrade(_ head: MessageHead) -> String { string(head.text(head.upgrade)) }

  @Test(arguments: [
    ("Connection: Upgrade\r\nUpgrade: websocket\r\n", "websocket"),
    ("upgrade: SPDY/3.1\r\nconnection: keep-alive, UPGRADE\r\n", "SPDY/3.1"),
    ("Connection: upgrade\r\nUpgrade: a\r\nContent-Length: 0\r\n", "a"),
  ])
  func oneProtocolIsAskedFor(lines: String, name: String) throws {
    let head = try request(lines)
    #expect(upgrade(head) == name)
    // It is about this connection.
    #expect(!head.forwardedLines.contains { $0.lowercased().hasPrefix("upgrade") })
  }

  @Test(arguments: [
    "Upgrade: a\r\n", "Connection: upgrade\r\n", "Connection: upgrade\r\nUpgrade: a, b\r\n",
    "Connection: upgrade\r\nUpgrade: a\r\nUpgrade: a\r\n", "Connection: upgrade\r\nUpgrade: \r\n",
    "Connection: upgrade\r\nUpgrade: a b\r\n", "Connection: upgrade\r\nUpgrade: a/\r\n",
    "Connection: upgrade\r\nUpgrade: /1\r\n", "Connection: upgrade\r\nUpgrade: a/1/2\r\n",
    "Connection: upgrade\r\nUpgrade: a\r\nContent-Length: 1\r\n",
    "Connection: upgrade\r\nUpgrade: a\r\nTransfer-Encoding: chunked\r\n",
  ])
  func whatIsDoubtfulIsNotAskedFor(lines: String) throws {
    #expect(upgrade(try request(lines)) == "")
  }

  @Test func oldClientsAskForNothing() throws {
    let head = try request("Connection: upgrade\r\nUpgrade: a\r\n", "GET / HTTP/1.0")
    #expect(upgrade(head) == "")
  }

  @Test func aHeadDoesNotKeepTheOneBefore() throws {
    let head = try request("Connection: upgrade\r\nUpgrade: a\r\n")
    head.clear()
    #expect(head.upgrade.isEmpty)
  }

  @Test func aResponseNamesWhatItSwitchesTo() throws {
    #expect(upgrade(try response("Connection: upgrade\r\nUpgrade: a\r\n")) == "a")
    #expect(upgrade(try response("Upgrade: a\r\n")) == "")
    #expect(upgrade(try response("Connection: upgrade\r\nUpgrade: a, b\r\n")) == "")
  }

  @Test func bothAreSentOnInAFormOfOurOwn() throws {
    let asking = ByteBuffer(capacity: 256)
    RequestHeadEncoder.encode(
      try request("TE: trailers\r\nUpgrade: a/1\r\nConnection: upgrade, te\r\n"),
      acceptsTrailers: true, into: asking)
    #expect(
      string(asking.readable)
        == "GET / HTTP/1.1\r\nHost: a\r\nconnection: upgrade\r\nupgrade: a/1\r\n\r\n")
    let agreeing = ByteBuffer(capacity: 256)
    ResponseHeadEncoder.encodeSwitch(
      try response("X: 1\r\nUpgrade: a\r\nConnection: upgrade\r\n"),
      to: Array("a".utf8).span, into: agreeing)
    #expect(
      string(agreeing.readable)
        == "HTTP/1.1 101 Switching Protocols\r\nX: 1\r\nconnection: upgrade\r\nupgrade: a\r\n\r\n")
  }
}
