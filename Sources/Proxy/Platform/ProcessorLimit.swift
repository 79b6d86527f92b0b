import CPlatform

/// Processors this process may use: those it may be scheduled on, or the least CPU quota of its cgroup
/// and that cgroup's ancestors, rounded up, where that is less. At least 1.
public func usableProcessorCount() -> Int {
  let scheduled = Int(cplatform_scheduled_processors())
  guard let quota = cgroupProcessorQuota() else { return scheduled }
  return max(1, min(scheduled, quota))
}

/// The least quota from the process's cgroup up to the root of the hierarchy, in whole processors; nil
/// without one. Source: cgroups(7), `cpu.max` (version 2), `cpu.cfs_quota_us` (version 1).
/// - Parameter root: stands before `/proc` and `/sys`; empty but in tests.
func cgroupProcessorQuota(under root: String = "") -> Int? {
  leastOfCgroups(
    of: "cpu", under: root, version2: { quota(version2: $0) }, version1: { quota(version1: $0) })
}

private func quota(version2 directory: String) -> Int? {
  guard let parts = lines(of: "\(directory)/cpu.max").first?.split(separator: " "),
    parts.count == 2
  else { return nil }
  return processors(quota: Int(parts[0]), period: Int(parts[1]))
}

private func quota(version1 directory: String) -> Int? {
  processors(
    quota: lines(of: "\(directory)/cpu.cfs_quota_us").first.flatMap { Int($0) },
    period: lines(of: "\(directory)/cpu.cfs_period_us").first.flatMap { Int($0) })
}

/// Rounded up; nil for no quota, which version 2 writes as `max` and version 1 as -1.
private func processors(quota: Int?, period: Int?) -> Int? {
  guard let quota, let period, quota > 0, period > 0 else { return nil }
  return quota / period + (quota % period > 0 ? 1 : 0)
}
