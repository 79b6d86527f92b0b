import CPlatform
import Glibc

/// Processors this process may use: those it may be scheduled on, or its cgroup's CPU quota rounded up
/// where that is less. At least 1.
public func usableProcessorCount() -> Int {
  let scheduled = Int(cplatform_scheduled_processors())
  guard let quota = cgroupProcessorQuota() else { return scheduled }
  return max(1, min(scheduled, quota))
}

/// `cpu.max` of the process's cgroup (version 2); nil without a quota.
private func cgroupProcessorQuota() -> Int? {
  guard let text = readWholeFile("/sys/fs/cgroup/cpu.max") else { return nil }
  let parts = String(decoding: text, as: UTF8.self).split { $0 == " " || $0 == "\n" }
  guard parts.count == 2, let quota = Int(parts[0]), let period = Int(parts[1]), period > 0
  else { return nil }
  return (quota + period - 1) / period
}

/// A file's bytes; nil when it cannot be read or holds more than `limit` bytes.
public func readWholeFile(_ path: String, limit: Int = 64 << 20) -> [UInt8]? {
  // SAFETY: the path's C string lives for the call.
  let raw = unsafe open(path, O_RDONLY | O_CLOEXEC)
  guard raw >= 0 else { return nil }
  defer { _ = close(raw) }
  var bytes: [UInt8] = []
  var chunk = [UInt8](repeating: 0, count: 64 * 1024)
  while true {
    // SAFETY: the kernel writes at most `count` bytes into the array.
    let n = unsafe chunk.withUnsafeMutableBytes { unsafe read(raw, $0.baseAddress, $0.count) }
    if n == 0 { return bytes }
    guard n > 0, bytes.count + n <= limit else { return nil }
    bytes += chunk[..<n]
  }
}
