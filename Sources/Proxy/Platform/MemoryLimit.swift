/// The least memory limit of the process's cgroup and that cgroup's ancestors, in bytes; nil without one.
/// Source: cgroups(7), `memory.max` (version 2), `memory.limit_in_bytes` (version 1).
/// - Parameter root: stands before `/proc` and `/sys`; empty but in tests.
public func cgroupMemoryLimit(under root: String = "") -> Int? {
  leastOfCgroups(
    of: "memory", under: root, version2: { limit(in: "\($0)/memory.max") },
    version1: { limit(in: "\($0)/memory.limit_in_bytes") })
}

/// nil for no limit, which version 2 writes as `max` and version 1 as a number beyond all memory.
private func limit(in file: String) -> Int? {
  lines(of: file).first.flatMap { Int($0) }.flatMap { $0 > 0 && $0 < 1 << 60 ? $0 : nil }
}
