/// The descriptors that clients get none of: they are for upstream connections, the admin listener and the
/// control plane. The kernel gives out the lowest number that is free. Owning worker only.
struct DescriptorReserve {
  private static let maxCount = 4096

  private let first: Int
  private var refusedCount = 0

  /// - Parameter limit: how many the process may have.
  init(limit: Int) { first = limit - min(limit / 4, Self.maxCount) }

  /// Whether a client's connection may have that descriptor.
  mutating func allowsClient(_ fd: Int32) -> Bool {
    if fd < first { return true }
    refusedCount += 1
    return false
  }

  /// What was refused since this was last asked, for the log; nil: nothing.
  mutating func takeRefusals() -> String? {
    guard refusedCount > 0 else { return nil }
    defer { refusedCount = 0 }
    return "\(refusedCount) connections refused: clients hold descriptors up to number \(first), "
      + "the rest is kept for upstreams; raise RLIMIT_NOFILE"
  }
}
