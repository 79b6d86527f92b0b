import CPlatform
import Glibc
import Memory
import Platform

/// Reads once into the buffer's free tail.
@inline(__always)
func receiveOnce(_ fd: Int32, into buffer: ByteBuffer) -> IOResult {
  // SAFETY: the kernel writes only into the region the buffer shows for the call.
  let n = unsafe buffer.writeUnsafely { unsafe recv(fd, $0.baseAddress, $0.count, 0) }
  if n > 0 { return .moved(n) }
  if n == 0 { return .endOfStream }
  return failure()
}

/// As `receiveOnce`, but what is read stays to be read again.
func peekOnce(_ fd: Int32, into buffer: ByteBuffer) -> IOResult {
  // SAFETY: the kernel writes only into the region the buffer shows for the call.
  let n = unsafe buffer.writeUnsafely {
    unsafe recv(fd, $0.baseAddress, $0.count, Int32(MSG_PEEK))
  }
  if n > 0 { return .moved(n) }
  return n == 0 ? .endOfStream : failure()
}

/// Writes once from the buffer's readable bytes; consumes nothing.
@inline(__always)
func sendOnce(_ fd: Int32, from buffer: ByteBuffer) -> IOResult {
  // SAFETY: the kernel reads only the region the buffer shows for the call.
  let n = unsafe buffer.readUnsafely {
    unsafe Glibc.send(fd, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
  }
  return n >= 0 ? .moved(n) : failure()
}

private func failure() -> IOResult {
  let code = currentErrno()
  return code == EAGAIN || code == EINTR ? .wouldBlock : .failed(code)
}

/// Accepts one connection: its descriptor and the peer's address; nil and the `errno` when none.
func acceptOnce(_ fd: Int32) -> (connection: Int32, peer: SocketAddress?) {
  var storage = sockaddr_storage()
  var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
  // SAFETY: sockaddr_storage holds any address; the kernel writes no more than `length`.
  let raw = unsafe withUnsafeMutablePointer(to: &storage) {
    unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
      unsafe cplatform_accept(fd, $0, &length)
    }
  }
  return (raw, raw >= 0 ? SocketAddress(storage) : nil)
}

/// The address a socket is bound to.
public func localAddress(of fd: Int32) -> SocketAddress? {
  var storage = sockaddr_storage()
  var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
  // SAFETY: as in acceptOnce.
  let code = unsafe withUnsafeMutablePointer(to: &storage) {
    unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
      unsafe getsockname(fd, $0, &length)
    }
  }
  return code == 0 ? SocketAddress(storage) : nil
}

/// Sets an integer socket option; a refusal is harmless to the caller.
func setOption(_ fd: Int32, _ level: Int32, _ name: Int32, _ value: Int32) {
  var value = value
  // SAFETY: passes a local of the length told.
  _ = unsafe setsockopt(fd, level, name, &value, socklen_t(MemoryLayout<Int32>.size))
}

/// The error a non-blocking connect ended with; 0 for success.
func pendingError(_ fd: Int32) -> Int32 {
  var value: Int32 = 0
  var length = socklen_t(MemoryLayout<Int32>.size)
  // SAFETY: the kernel writes an int into a local of that size.
  let code = unsafe getsockopt(fd, SOL_SOCKET, SO_ERROR, &value, &length)
  return code == 0 ? value : currentErrno()
}

/// Bytes sent on `fd` that the peer's kernel has acknowledged (TCP_INFO, `tcpi_bytes_acked`), also
/// after the connection broke; nil where the kernel does not say. The handshake counts as one.
func acknowledgedBytes(of fd: Int32) -> UInt64? {
  let value = cplatform_bytes_acked(fd)
  return value < 0 ? nil : UInt64(value)
}

/// `connect`'s outcome as an `errno`; 0 when the connection is there at once.
func connectOnce(_ fd: Int32, to address: SocketAddress) -> Int32 {
  // SAFETY: the pointer and its length belong together for the call.
  unsafe address.withSockaddr { unsafe connect(fd, $0, $1) } == 0 ? 0 : currentErrno()
}

/// 0 when `fd` is bound.
func bindOnce(_ fd: Int32, to address: SocketAddress) -> Int32 {
  // SAFETY: the pointer and its length belong together for the call.
  unsafe address.withSockaddr { unsafe bind(fd, $0, $1) }
}
