import CPlatform
import Glibc

/// This machine's host name; empty when the kernel does not tell.
public func systemHostName() -> String {
  var name = [CChar](repeating: 0, count: 256)
  // SAFETY: the kernel writes at most `count` bytes; one is left for the end.
  guard unsafe gethostname(&name, name.count - 1) == 0 else { return "" }
  return String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
}

/// Closes a descriptor that no owner holds.
public func closeDescriptor(_ fd: Int32) { _ = Glibc.close(fd) }
