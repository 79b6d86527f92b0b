import CPlatform
import Glibc

/// Signals taken as readable events: blocked in every thread, read from a signalfd by one loop.
public struct ProcessSignals: ~Copyable {
  private let descriptor: OwnedDescriptor
  public var raw: Int32 { descriptor.raw }

  /// Blocks `signals` in the calling thread, and so in all it starts later, and ignores SIGPIPE.
  public init(_ signals: [Int32]) throws(SystemFault) {
    signal(SIGPIPE, SIG_IGN)
    var set = sigset_t()
    // SAFETY: the set is a local that each call fills or reads.
    unsafe sigemptyset(&set)
    for number in signals { unsafe sigaddset(&set, number) }
    unsafe pthread_sigmask(SIG_BLOCK, &set, nil)
    let raw = unsafe signalfd(-1, &set, Int32(SFD_CLOEXEC | SFD_NONBLOCK))
    guard raw >= 0 else { throw SystemFault("signalfd") }
    descriptor = OwnedDescriptor(taking: raw)
  }

  /// The next pending signal's number; nil when there is none.
  public func next() -> Int32? {
    var info = signalfd_siginfo()
    // SAFETY: reads at most one record into a local of that size.
    let n = unsafe read(descriptor.raw, &info, MemoryLayout<signalfd_siginfo>.size)
    return n == MemoryLayout<signalfd_siginfo>.size ? Int32(info.ssi_signo) : nil
  }
}

extension ProcessSignals {
  /// Asks for log files to be opened anew.
  public static let reopenLogs: Set<Int32> = [SIGUSR1, SIGHUP]

  /// The signals the proxy answers: SIGTERM and SIGINT end it, SIGUSR1 and SIGHUP reopen its logs.
  public static func standard() throws(SystemFault) -> ProcessSignals {
    try ProcessSignals([SIGTERM, SIGINT, SIGUSR1, SIGHUP])
  }
}
