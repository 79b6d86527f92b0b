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
  lines(of: "\(root)/proc/self/cgroup").compactMap { line -> Int? in
    // hierarchy:controllers:path
    let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
    guard parts.count == 3 else { return nil }
    if parts[0] == "0", parts[1].isEmpty {
      return leastQuota(of: parts[2]) { quota(version2: "\(root)/sys/fs/cgroup\($0)") }
    }
    guard parts[1].split(separator: ",").contains("cpu") else { return nil }
    return leastQuota(of: parts[2]) { quota(version1: "\(root)/sys/fs/cgroup/cpu\($0)") }
  }.min()
}

/// Asks for each cgroup from `path` up to the root, whose path is empty.
private func leastQuota(of path: Substring, _ quota: (String) -> Int?) -> Int? {
  var names = path.split(separator: "/")
  // A cgroup outside this process's namespace is not to be seen here.
  if names.contains("..") { names = [] }
  return (0...names.count).compactMap { count in
    quota(names.prefix(count).map { "/\($0)" }.joined())
  }.min()
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

/// A small file's lines; none when it cannot be read.
private func lines(of path: String) -> [Substring] {
  guard let bytes = try? readWholeFile(path, limit: 64 * 1024) else { return [] }
  return String(decoding: bytes, as: UTF8.self).split(separator: "\n")
}
