import Config
import Platform
import Reactor
import XDSTranslate

/// Rejections the control plane is still to be told, and when.
struct OwedRejections {
  private var pacing: [ResourceType: RejectionPacing] = [:]
  var timers: [ResourceType: TimerHandle] = [:]

  /// When the type's next rejection may be told; nil while one is owed already, whose place it takes.
  mutating func schedule(_ type: ResourceType, at now: MonotonicInstant) -> MonotonicInstant? {
    guard timers[type] == nil else { return nil }
    return pacing[type, default: .init()].onRejection(at: now)
  }
}

extension ADSClient {
  /// Refuses listeners that were accepted and could not be used when their time came, such as for a
  /// port that another process took meanwhile.
  /// - Parameter findings: paths begin with the resource (`listeners[a].address`).
  public func refuseListeners(_ findings: [ConfigFinding]) {
    let requests = state.refuse(.listener, findings)
    reject(.listener)
    send(requests)
  }

  /// A listener that was refused is in use after all; where that mends the last response, the control
  /// plane is told.
  public func onListenerRecovered(_ name: String) {
    let requests = state.recover(.listener, name)
    if state.subscriptions[.listener]?.lastRejection == nil { forgetRejection(of: .listener) }
    send(requests)
  }

  /// Tells a rejection now, or when it is due. The answer is the type's newest by then.
  func reject(_ type: ResourceType) {
    let now = MonotonicInstant.now()
    guard let due = owed.schedule(type, at: now) else { return }
    if due <= now { return tellRejection(of: type) }
    owed.timers[type] = loop.arm(self, Self.rejectionTimer(of: type), at: due)
  }

  func onRejectionDue(_ kind: TimerKind) {
    let type = ResourceType.allCases[Int(kind.rawValue) - 1]
    owed.timers[type] = nil
    tellRejection(of: type)
  }

  private func tellRejection(of type: ResourceType) {
    guard let rejection = state.subscriptions[type]?.lastRejection else { return }
    log(.warning, "control plane: rejected: \(rejection)")
    send([state.rejectionRequest(of: type)])
  }

  /// The type's newest response was accepted, or the stream ended: nothing is owed for it.
  func forgetRejection(of type: ResourceType) {
    if let timer = owed.timers.removeValue(forKey: type) { loop.disarm(timer) }
  }

  private static func rejectionTimer(of type: ResourceType) -> TimerKind {
    TimerKind(UInt8(ResourceType.allCases.firstIndex(of: type)! + 1))
  }
}
