import COpenSSL
import CPlatform
import Glibc
import Platform

/// What moves a session's bytes: a non-blocking, edge-triggered descriptor that it does not own, and
/// what is known of its readiness. OpenSSL reaches it by pointer from its read and write callbacks.
struct SocketTransport {
  let fd: Int32
  /// The kernel may hold bytes, or the end, that were not read yet.
  var canRead = false
  /// The kernel may have room.
  var canWrite = false
  /// The peer has sent its last byte; reading goes on until it is seen.
  var peerClosed = false
  /// Nothing more is read: the peer is not to be listened to.
  var ignoresPeer = false
  /// The peer's end was read.
  var hasEnded = false
  /// The `errno` of a socket that broke; 0: none.
  var readError: Int32 = 0
  var writeError: Int32 = 0
  /// Bytes that the kernel took.
  private(set) var writtenBytes: UInt64 = 0
  /// The first bytes received, the first one lowest, to tell what was spoken instead of TLS.
  private(set) var opening: UInt64 = 0
  /// How many they are, up to 8.
  private(set) var openingCount = 0

  init(fd: Int32) { self.fd = fd }

  /// Reads once; the bytes read, 0 at the end, nil when there are none now.
  mutating func read(into target: UnsafeMutableRawBufferPointer) -> Int? {
    guard canRead, !ignoresPeer else { return nil }
    // SAFETY: what is written goes only into the region OpenSSL lends for the call.
    let n = unsafe recv(fd, target.baseAddress, target.count, 0)
    if n > 0 {
      if n < target.count && !peerClosed { canRead = false }
      unsafe note(UnsafeRawBufferPointer(rebasing: target[..<n]))
      return n
    }
    if n == 0 {
      hasEnded = true
      return 0
    }
    let code = currentErrno()
    if code == EAGAIN || code == EINTR {
      canRead = false
      return nil
    }
    readError = code
    return 0
  }

  private mutating func note(_ bytes: UnsafeRawBufferPointer) {
    guard openingCount < 8 else { return }
    // SAFETY: the index lies within the bytes.
    for index in 0..<min(bytes.count, 8 - openingCount) {
      unsafe opening |= UInt64(bytes[index]) << UInt64(8 * openingCount)
      openingCount += 1
    }
  }

  /// Writes once; the bytes taken, nil when there is no room now, 0 when the socket broke.
  mutating func write(_ bytes: UnsafeRawBufferPointer) -> Int? {
    guard canWrite else { return nil }
    // SAFETY: the kernel reads only the region OpenSSL lends for the call.
    let n = unsafe send(fd, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
    if n >= 0 {
      if n < bytes.count { canWrite = false }
      writtenBytes &+= UInt64(n)
      return n
    }
    let code = currentErrno()
    if code == EAGAIN || code == EINTR {
      canWrite = false
      return nil
    }
    writeError = code
    return 0
  }
}

extension OpenSSL {
  /// The method table of buffers that stand on a `SocketTransport`.
  static func makeSocketMethod() -> OpaquePointer? {
    let type = BIO_get_new_index() | BIO_TYPE_SOURCE_SINK
    // SAFETY: the table is fresh, and the functions live for ever.
    let method = unsafe BIO_meth_new(type, "martlet")
    unsafe BIO_meth_set_read(method, onRead)
    unsafe BIO_meth_set_write(method, onWrite)
    unsafe BIO_meth_set_ctrl(method, onControl)
    return unsafe method
  }

  /// A buffer that reads and writes through `transport`, which must outlive it.
  static func makeSocketBuffer(_ transport: UnsafeMutablePointer<SocketTransport>) -> OpaquePointer
  {
    // SAFETY: the method lives for ever; the caller vouches for the transport.
    guard let buffer = unsafe BIO_new(socketMethod) else {
      preconditionFailure("memory for a buffer of OpenSSL")
    }
    unsafe BIO_set_data(buffer, transport)
    unsafe BIO_set_init(buffer, 1)
    return unsafe buffer
  }
}

/// OpenSSL wants bytes.
private func onRead(
  _ buffer: OpaquePointer?, _ target: UnsafeMutablePointer<CChar>?, _ room: Int32
) -> Int32 {
  // SAFETY: the transport outlives the buffer; `target` has `room` bytes for the call.
  unsafe copenssl_no_retry(buffer)
  let transport = unsafe BIO_get_data(buffer)!.assumingMemoryBound(to: SocketTransport.self)
  let region = unsafe UnsafeMutableRawBufferPointer(start: target, count: Int(max(room, 0)))
  if let n = unsafe transport.pointee.read(into: region) { return Int32(n) }
  unsafe copenssl_retry_read(buffer)
  return -1
}

/// OpenSSL has bytes to send.
private func onWrite(
  _ buffer: OpaquePointer?, _ source: UnsafePointer<CChar>?, _ count: Int32
) -> Int32 {
  // SAFETY: the transport outlives the buffer; `source` has `count` bytes for the call.
  unsafe copenssl_no_retry(buffer)
  let transport = unsafe BIO_get_data(buffer)!.assumingMemoryBound(to: SocketTransport.self)
  let region = unsafe UnsafeRawBufferPointer(start: source, count: Int(max(count, 0)))
  if let n = unsafe transport.pointee.write(region) { return n > 0 ? Int32(n) : -1 }
  unsafe copenssl_retry_write(buffer)
  return -1
}

/// Nothing is held back, so that there is nothing to flush; other questions have no answer.
private func onControl(
  _ buffer: OpaquePointer?, _ command: Int32, _ number: Int, _ pointer: UnsafeMutableRawPointer?
) -> Int {
  command == BIO_CTRL_FLUSH ? 1 : 0
}
