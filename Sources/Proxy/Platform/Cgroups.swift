/// The least of what `version2` or `version1` reads in the cgroups' directories; nil where none says
/// anything. Source: cgroups(7).
/// - Parameters:
///   - controller: as version 1 names it.
///   - root: stands before `/proc` and `/sys`; empty but in tests.
func leastOfCgroups(
  of controller: String, under root: String, version2: (String) -> Int?,
  version1: (String) -> Int?
) -> Int? {
  lines(of: "\(root)/proc/self/cgroup").compactMap { line -> Int? in
    // hierarchy:controllers:path
    let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
    guard parts.count == 3 else { return nil }
    if parts[0] == "0", parts[1].isEmpty {
      return least(of: parts[2]) { version2("\(root)/sys/fs/cgroup\($0)") }
    }
    guard parts[1].split(separator: ",").contains(Substring(controller)) else { return nil }
    return least(of: parts[2]) { version1("\(root)/sys/fs/cgroup/\(controller)\($0)") }
  }.min()
}

/// Asks for each cgroup from `path` up to the root, whose path is empty.
private func least(of path: Substring, _ value: (String) -> Int?) -> Int? {
  var names = path.split(separator: "/")
  // A cgroup outside this process's namespace is not to be seen here.
  if names.contains("..") { names = [] }
  return (0...names.count).compactMap { count in
    value(names.prefix(count).map { "/\($0)" }.joined())
  }.min()
}

/// A small file's lines; none when it cannot be read.
func lines(of path: String) -> [Substring] {
  guard let bytes = try? readWholeFile(path, limit: 64 * 1024) else { return [] }
  return String(decoding: bytes, as: UTF8.self).split(separator: "\n")
}
