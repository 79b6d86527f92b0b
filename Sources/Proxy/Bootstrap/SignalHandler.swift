import Platform
import Reactor

/// Turns the process's signals into calls on the control loop.
final class SignalHandler: EventHandler {
  private let signals: ProcessSignals
  private let onSignal: (Int32) -> Void

  init(
    _ signals: consuming ProcessSignals, on loop: EventLoop, onSignal: @escaping (Int32) -> Void
  ) throws(SystemFault) {
    self.signals = signals
    self.onSignal = onSignal
    super.init()
    _ = try loop.registerLevelTriggered(self.signals.raw, self)
  }

  override func onReady(_ readiness: Readiness) {
    while let number = signals.next() { onSignal(number) }
  }
}
