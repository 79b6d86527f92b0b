import CPlatform
import Glibc

/// A file's bytes. One that holds more than `limit` bytes is refused as too large (EFBIG).
public func readWholeFile(_ path: String, limit: Int = 1 << 20) throws(SystemFault) -> [UInt8] {
  let raw = openDescriptor(path, O_RDONLY)
  guard raw >= 0 else { throw SystemFault("open") }
  let descriptor = OwnedDescriptor(taking: raw)
  var bytes: [UInt8] = []
  var chunk = [UInt8](repeating: 0, count: 64 * 1024)
  while true {
    // SAFETY: the kernel writes at most `count` bytes into the array.
    let n = unsafe chunk.withUnsafeMutableBytes {
      unsafe read(descriptor.raw, $0.baseAddress, $0.count)
    }
    if n == 0 { return bytes }
    guard n > 0 else { throw SystemFault("read") }
    guard bytes.count + n <= limit else { throw SystemFault("read", code: EFBIG) }
    bytes += chunk[..<n]
  }
}

/// Opens a file, or creates one that its group may read; -1 and the `errno` when that cannot be.
func openDescriptor(_ path: String, _ flags: Int32) -> Int32 {
  // SAFETY: the path's C string lives for the call.
  unsafe open(path, flags | O_CLOEXEC, 0o640)
}
