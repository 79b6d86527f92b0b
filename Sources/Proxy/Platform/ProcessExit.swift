import CPlatform
import Glibc

/// Ends the process with that code.
public func exitProcess(_ code: Int32) -> Never { exit(code) }

/// Writes a line to standard error. Where the process can have no further descriptor, it gives up
/// standard input's for that.
public func printError(_ text: String) {
  let line = Array("\(text)\n".utf8)
  if let file = try? LogFile(standard: 2) {
    _ = try? file.write(line[...])
  } else {
    closeDescriptor(0)
    _ = try? LogFile(standard: 2).write(line[...])
  }
}

/// The process's resident memory in bytes; 0 where the kernel does not tell.
public func residentMemoryBytes() -> UInt64 {
  guard let text = try? readWholeFile("/proc/self/statm") else { return 0 }
  let parts = String(decoding: text, as: UTF8.self).split(separator: " ")
  guard parts.count > 1, let pages = UInt64(parts[1]) else { return 0 }
  return pages * UInt64(sysconf(Int32(_SC_PAGESIZE)))
}
