import Config
import Platform
import Reactor

/// A listener that cannot have its address for now; its last version, where there is one, serves on.
struct RefusedListener {
  let config: ListenerConfig
  let reason: String
  let backoff: Backoff
  /// nil: it is not tried again.
  let retry: DelayedAction?
}

/// An address may come free without anybody saying so.
extension DataPlane {
  /// Notes that a listener cannot have its address, and tries again after a while.
  /// - Returns: what is said of it.
  func refuse(_ config: ListenerConfig, _ reason: String) -> ConfigFinding {
    let name = config.name
    var backoff =
      refused[name]?.backoff
      ?? Backoff(base: .seconds(1), ceiling: .seconds(60), first: .seconds(1))
    var text = "cannot listen on \(config.address): \(reason)"
    var retry: DelayedAction?
    if retriesListeners {
      text += "; it is tried again until it can"
      retry = DelayedAction(on: loop, after: backoff.nextDelay()) { [unowned self] in
        retryListener(name)
      }
    }
    refused[name]?.retry?.callOff()
    refused[name] = RefusedListener(
      config: config, reason: reason, backoff: backoff, retry: retry)
    return ConfigFinding(.rejected, path: "listeners[\(name)].address", text: text)
  }

  /// There is another version of it, or none any more.
  func forgetRefusal(of name: String) {
    refused.removeValue(forKey: name)?.retry?.callOff()
  }

  private func retryListener(_ name: String) {
    guard let listener = refused[name], !isDraining else { return }
    guard place([listener.config]).isEmpty else { return }
    refused[name] = nil
    log(.info, "listener \(name): it can have \(listener.config.address) now")
    onRecovered(name)
  }
}
