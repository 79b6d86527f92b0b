import Platform
import Synchronization

/// Messages from any thread to one loop, in order. Not for the hot path: posting takes a lock.
public final class Mailbox<Message: Sendable>: Sendable {
  private let queue = Mutex<[Message]>([])
  fileprivate let wake: WakeDescriptor

  public init() throws(SystemFault) { wake = try WakeDescriptor() }

  /// Adds a message and wakes the loop. Any thread.
  public func post(_ message: Message) {
    let first = queue.withLock { queue in
      queue.append(message)
      return queue.count == 1
    }
    if first { wake.signal() }
  }

  fileprivate func takeAll() -> [Message] {
    wake.drain()
    return queue.withLock { queue in
      let messages = queue
      queue = []
      return messages
    }
  }
}

/// The receiving end of a mailbox on its loop.
public final class MailboxReceiver<Message: Sendable>: EventHandler {
  private let mailbox: Mailbox<Message>
  private let deliver: (Message) -> Void

  /// Calls `deliver` on the loop's thread for each message.
  public init(
    _ mailbox: Mailbox<Message>, on loop: EventLoop, deliver: @escaping (Message) -> Void
  ) throws(SystemFault) {
    self.mailbox = mailbox
    self.deliver = deliver
    super.init()
    _ = try loop.register(mailbox.wake.raw, self)
  }

  public override func onReady(_ readiness: Readiness) {
    for message in mailbox.takeAll() { deliver(message) }
  }
}
