/// What came of one read or write.
public enum IOResult: Equatable, Sendable {
  /// This many bytes moved, at least one.
  case moved(Int)
  /// The kernel has nothing, or no room, now; readiness will be told.
  case wouldBlock
  /// The peer sends no more (reads only).
  case endOfStream
  /// The socket is broken: the `errno`.
  case failed(Int32)
}
