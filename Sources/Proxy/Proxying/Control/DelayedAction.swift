import Platform
import Reactor

/// Something that is done later on its loop, once, unless it is called off before.
final class DelayedAction: EventHandler {
  private unowned let loop: EventLoop
  private var timer: TimerHandle?
  private var action: (() -> Void)?

  init(on loop: EventLoop, after delay: Duration, _ action: @escaping () -> Void) {
    self.loop = loop
    self.action = action
    super.init()
    timer = loop.arm(self, TimerKind(0), at: MonotonicInstant.now().advanced(by: delay))
  }

  func callOff() {
    if let timer { loop.disarm(timer) }
    timer = nil
    action = nil
  }

  override func onTimer(_ kind: TimerKind) {
    timer = nil
    let due = action
    action = nil
    due?()
  }
}
