import Testing

@testable import XDSClient

/// Control planes that are away, silent, or something else.
struct BadPeerTests {
  /// What the client says of a peer that sends these bytes, and those once it is asked for the stream.
  private func fault(
    sending bytes: [UInt8], answering answer: [UInt8] = [], ending: PeerOnWire.Ending = .none,
    _ change: (inout ADSSettings) -> Void = { _ in }
  ) throws -> String {
    var settings = ADSSettings.quick
    change(&settings)
    let stream = try StreamUnderTest(settings: settings)
    let peer = try PeerOnWire(on: stream.loop, sending: bytes, answering: answer, ending: ending)
    stream.endpoint = .loopback(port: peer.port)
    stream.client.start()
    try stream.run("an end") { stream.client.status.connectFailures > 0 }
    return try #require(stream.client.status.lastError)
  }

  @Test func namesAPeerThatSaysNothing() throws {
    let text = try fault(sending: []) { $0.connectTimeout = .milliseconds(30) }
    #expect(text.contains("no HTTP/2 settings within"))
  }

  @Test func namesAPeerThatSpeaksSomethingElse() throws {
    let text = try fault(sending: Array("HTTP/1.1 400 Bad Request\r\n\r\n".utf8))
    #expect(text.hasPrefix("HTTP/2:"))
  }

  @Test func namesAPeerThatBreaksTheProtocol() throws {
    let text = try fault(sending: Frame.settings + Frame.grpcHead)
    #expect(text.hasPrefix("HTTP/2:"))
  }

  @Test func namesAPeerThatAnswersNoPing() throws {
    let text = try fault(sending: Frame.settings) {
      $0.keepAliveInterval = .milliseconds(20)
      $0.keepAliveTimeout = .milliseconds(20)
    }
    #expect(text.contains("no answer to a PING"))
  }

  @Test func namesAnAnswerThatIsNoGRPC() throws {
    let missing = try fault(sending: Frame.settings, answering: Frame.notFound)
    #expect(missing.contains("HTTP status 404 (UNIMPLEMENTED)"))
    let page = try fault(sending: Frame.settings, answering: Frame.page)
    #expect(page.contains("text/html"))
  }

  @Test func namesMessagesItCannotTake() throws {
    let compressed = try fault(
      sending: Frame.settings, answering: Frame.grpcHead + Frame.data([1, 0, 0, 0, 1, 7]))
    #expect(compressed.contains("a compressed message"))
    let large = try fault(
      sending: Frame.settings, answering: Frame.grpcHead + Frame.data([0, 0, 0, 1, 0])
    ) {
      $0.maxMessageBytes = 255
    }
    #expect(large.contains("a message of 256 bytes, more than the 255 allowed"))
  }

  @Test func namesWhatAPeerSaysWhenItGoes() throws {
    let text = try fault(sending: Frame.settings + Frame.goAway)
    #expect(text.contains("GOAWAY, error code 11): calm"))
  }

  @Test func namesAMessageThatWasCutOff() throws {
    let half = Frame.grpcHead + Frame.data([0, 0, 0, 0, 200, 10, 1])
    let closed = try fault(sending: Frame.settings, answering: half, ending: .close)
    #expect(closed == "the control plane closed the connection in the middle of a message")
    let reset = try fault(sending: Frame.settings, answering: half + Frame.reset)
    #expect(
      reset
        == "the control plane reset the stream (HTTP/2 error code 8), in the middle of a message")
  }

  @Test func namesTheStatusThatEndsTheStream() throws {
    let text = try fault(
      sending: Frame.settings, answering: Frame.grpcHead + Frame.unavailable)
    #expect(text == "the control plane ended the stream: UNAVAILABLE (14): moving house")
  }

  @Test func waitsEverLongerForAPeerThatClosesAtOnce() throws {
    let stream = try StreamUnderTest(settings: .quick)
    let peer = try PeerOnWire(on: stream.loop, sending: [], ending: .close)
    stream.endpoint = .loopback(port: peer.port)
    stream.client.start()
    try stream.run("six tries") { stream.client.status.connectFailures >= 6 }
    #expect(stream.client.status.lastError == "closed before it spoke HTTP/2")
    let waits = stream.log.compactMap { $0.split(separator: "next try in ").last }
      .compactMap { Double($0.dropLast(3)) }
    #expect(waits.count >= 6)
    // Bounds of 8, 40, 80 and again 80 ms, each wait a random part of them.
    for (wait, bound) in zip(waits, [8.0, 40, 80, 80, 80, 80]) { #expect(wait <= bound) }
    #expect(Set(waits).count > 2)
  }

  @Test func takesAResetBeforeHTTP2ForAClose() throws {
    #expect(try fault(sending: [], ending: .reset) == "closed before it spoke HTTP/2")
  }

  @Test func triesAgainWhileNobodyListens() throws {
    let stream = try StreamUnderTest(settings: .quick)
    do {
      let peer = try PeerOnWire(on: stream.loop, sending: [])
      stream.endpoint = .loopback(port: peer.port)
    }
    stream.client.start()
    try stream.run("three tries") { stream.client.status.connectFailures >= 3 }
    #expect(stream.client.status.lastError?.contains("Connection refused") == true)
    #expect(!stream.client.status.isConnected)
  }

  @Test func triesAgainWhileTheClusterHasNoEndpoint() throws {
    let stream = try StreamUnderTest(settings: .quick)
    stream.client.start()
    try stream.run("three tries") { stream.client.status.connectFailures >= 3 }
    #expect(stream.client.status.lastError == "cluster control-plane has no endpoint")
  }

  @Test func isSilentOnceStopped() throws {
    let stream = try StreamUnderTest(settings: .quick)
    stream.client.start()
    stream.client.stop()
    #expect(stream.loop.armedTimerCount == 0)
    #expect(!stream.client.status.isConnected)
  }
}
