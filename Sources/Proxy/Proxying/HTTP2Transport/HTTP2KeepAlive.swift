import Config
import HTTP2
import Reactor

/// Asks a peer for a sign of life now and then, and gives it up when none comes. Source:
/// `KeepaliveSettings`.
final class HTTP2KeepAlive: EventHandler {
  private let settings: HTTP2OptionsConfig.KeepAlive
  private let loop: EventLoop
  /// Sends a PING.
  private let ask: () -> Void
  private let giveUp: () -> Void
  private var timer: TimerHandle?
  private var isWaiting = false

  init(
    _ settings: HTTP2OptionsConfig.KeepAlive, on loop: EventLoop, ask: @escaping () -> Void,
    giveUp: @escaping () -> Void
  ) {
    self.settings = settings
    self.loop = loop
    self.ask = ask
    self.giveUp = giveUp
    super.init()
    arm(after: settings.interval)
  }

  func answered() {
    guard isWaiting else { return }
    isWaiting = false
    arm(after: settings.interval)
  }

  func stop() {
    loop.disarm(&timer)
  }

  override func onTimer(_ kind: TimerKind) {
    timer = nil
    if isWaiting { return giveUp() }
    isWaiting = true
    ask()
    arm(after: settings.timeout)
  }

  private func arm(after delay: Duration) {
    stop()
    timer = loop.arm(self, TimerKind(0), at: loop.now.advanced(by: delay))
  }
}
