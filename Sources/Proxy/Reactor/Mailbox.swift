import Platform
import Synchronization

/// Messages from any thread to one loop, in order. Not for the hot path: posting takes a lock.
public final class Mailbox<Message: Sendable>: Sendable {
  private struct Queue {
    var messages: [Message] = []
    var bytes = 0
  }

  private let queue = Mutex(Queue())
  private let maxBytes: Int
  fileprivate let wake: WakeDescriptor

  /// - Parameter maxBytes: how much may wait before there is no room.
  public init(maxBytes: Int = .max) throws(SystemFault) {
    self.maxBytes = maxBytes
    wake = try WakeDescriptor()
  }

  /// Less waits than may. Those who post nothing without room can go beyond by one message each.
  public var hasRoom: Bool { queue.withLock { $0.bytes < maxBytes } }

  /// Adds a message and wakes the loop. Any thread.
  /// - Parameter bytes: what it counts for while it waits.
  public func post(_ message: Message, bytes: Int = 0) {
    let first = queue.withLock { queue in
      queue.messages.append(message)
      queue.bytes += bytes
      return queue.messages.count == 1
    }
    if first { wake.signal() }
  }

  fileprivate func takeAll() -> [Message] {
    wake.drain()
    return queue.withLock { queue in
      let messages = queue.messages
      queue = Queue()
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
