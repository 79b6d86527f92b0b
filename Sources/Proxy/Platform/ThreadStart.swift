import CPlatform
import Glibc

private final class ThreadBody {
  let run: @Sendable () -> Void
  init(_ run: @escaping @Sendable () -> Void) { self.run = run }
}

/// A thread that can be waited for.
public struct ThreadHandle: Sendable {
  fileprivate let raw: pthread_t

  /// Waits until the thread's body has returned.
  public func join() { _ = pthread_join(raw, nil) }
}

/// Runs `body` on a new thread of that name (at most 15 bytes are kept).
public func startThread(
  named name: String, _ body: @escaping @Sendable () -> Void
) throws(SystemFault) -> ThreadHandle {
  var thread = pthread_t()
  // SAFETY: the box is retained here and released by the thread, exactly once.
  let box = unsafe Unmanaged.passRetained(ThreadBody(body))
  let code = unsafe pthread_create(
    &thread, nil,
    { argument in
      let body = unsafe Unmanaged<ThreadBody>.fromOpaque(argument!).takeRetainedValue()
      body.run()
      return nil
    }, unsafe box.toOpaque())
  guard code == 0 else {
    unsafe box.release()
    throw SystemFault("pthread_create", code: code)
  }
  // SAFETY: the name is copied before the call returns.
  _ = unsafe cplatform_set_thread_name(thread, String(name.prefix(15)))
  return ThreadHandle(raw: thread)
}
