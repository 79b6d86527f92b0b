import COpenSSL

/// What the process needs of OpenSSL once, and what several files here do with it.
enum OpenSSL {
  /// Makes the library ready; every type of this target that uses it asks for this first.
  static let isReady = copenssl_start() == 1

  // SAFETY: a method table, filled before it is seen and never changed; it lives for ever.
  nonisolated(unsafe) static let socketMethod = unsafe makeSocketMethod()

  // SAFETY: fetched once and never changed or freed; OpenSSL's algorithms may be used by all threads.
  nonisolated(unsafe) static let ticketCipher = unsafe EVP_CIPHER_fetch(nil, "AES-256-CBC", nil)

  /// Runs `body` on a readable memory buffer over the bytes.
  @safe static func reading<R>(_ bytes: [UInt8], _ body: (OpaquePointer) -> R) -> R {
    // A buffer must have bytes; a zero is no text.
    let bytes = bytes.isEmpty ? [0] : bytes
    // SAFETY: the buffer reads the array's own bytes, which live until `body` has returned.
    return unsafe bytes.withUnsafeBytes { raw in
      guard let buffer = unsafe BIO_new_mem_buf(raw.baseAddress, Int32(raw.count)) else {
        preconditionFailure("memory for a buffer of OpenSSL")
      }
      defer { unsafe BIO_free(buffer) }
      return unsafe body(buffer)
    }
  }

  /// What `body` writes to a memory buffer.
  @safe static func writing(_ body: (OpaquePointer) -> Void) -> [UInt8] {
    // SAFETY: the buffer's bytes are copied before it is freed.
    guard let buffer = unsafe BIO_new(BIO_s_mem()) else {
      preconditionFailure("memory for a buffer of OpenSSL")
    }
    defer { unsafe BIO_free(buffer) }
    unsafe body(buffer)
    var start: UnsafeMutablePointer<CChar>?
    let count = unsafe copenssl_bytes(buffer, &start)
    return unsafe Array(UnsafeRawBufferPointer(start: start, count: count))
  }

  /// HTTP/2 is not spoken over it, as it keeps no secret forward, or does not authenticate what it
  /// encrypts (RFC 9113 section 9.2.2 and appendix A).
  @safe static func blocksHTTP2(_ suite: OpaquePointer?) -> Bool {
    // SAFETY: suites are static.
    guard let suite = unsafe suite else { return false }
    let exchange = unsafe SSL_CIPHER_get_kx_nid(suite)
    let isEphemeral = [NID_kx_any, NID_kx_ecdhe, NID_kx_dhe].contains(exchange)
    return unsafe !isEphemeral || SSL_CIPHER_is_aead(suite) != 1
  }

  /// What the library says went wrong first since its list was last cleared; clears it.
  static func takeError() -> (code: UInt, text: String) {
    let code = ERR_peek_error()
    defer { ERR_clear_error() }
    // SAFETY: the answer is nil or a static C string.
    let text = unsafe ERR_reason_error_string(code).map { unsafe String(cString: $0) }
    return (code, text ?? "unknown reason")
  }

  /// Seconds since the Unix epoch as `Nov 22 07:30:00 2026 GMT`.
  static func dateText(_ seconds: Int64) -> String {
    // SAFETY: the time is ours, and freed after it was printed.
    let time = unsafe ASN1_TIME_set(nil, Int(seconds))
    defer { unsafe ASN1_TIME_free(time) }
    return String(
      decoding: writing { buffer in _ = unsafe ASN1_TIME_print(buffer, time) }, as: UTF8.self)
  }

  static func sha256(_ bytes: [UInt8]) -> [UInt8] {
    var digest = [UInt8](repeating: 0, count: Int(SHA256_DIGEST_LENGTH))
    // SAFETY: the digest has room for the 32 bytes that are written.
    _ = unsafe SHA256(bytes, bytes.count, &digest)
    return digest
  }

  /// Calls `body` with each element of one of OpenSSL's lists, which may be nil.
  @safe static func forEach(in list: OpaquePointer?, _ body: (UnsafeMutableRawPointer) -> Void) {
    // SAFETY: each index is below the count; the caller keeps the list alive.
    for index in 0..<max(0, unsafe OPENSSL_sk_num(list)) {
      if let element = unsafe OPENSSL_sk_value(list, index) { unsafe body(element) }
    }
  }
}
