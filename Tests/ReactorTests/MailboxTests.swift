import Testing

@testable import Reactor

@Suite("Mailbox")
struct MailboxTests {
  @Test func hasRoomUntilSoMuchWaits() throws {
    let mailbox = try Mailbox<Int>(maxBytes: 100)
    mailbox.post(1, bytes: 99)
    #expect(mailbox.hasRoom)
    mailbox.post(2, bytes: 1)
    #expect(!mailbox.hasRoom)
  }

  @Test func hasRoomAgainOnceTheLoopTook() throws {
    let loop = try EventLoop()
    let mailbox = try Mailbox<Int>(maxBytes: 100)
    var received: [Int] = []
    let receiver = try MailboxReceiver(mailbox, on: loop) { received.append($0) }
    mailbox.post(1, bytes: 150)
    loop.turn(maxWait: 0)
    #expect(mailbox.hasRoom)
    #expect(received == [1])
    withExtendedLifetime(receiver) {}
  }

  @Test func whatCountsForNothingTakesNoRoom() throws {
    let mailbox = try Mailbox<Int>(maxBytes: 1)
    for number in 0..<10 { mailbox.post(number) }
    #expect(mailbox.hasRoom)
  }
}
