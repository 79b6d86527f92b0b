import COpenSSL

/// SHA-1 (FIPS 180-4 section 6.1), which WebSocket's handshake asks for and which nothing else should: it
/// keeps no secret and proves nothing to anybody. Any thread.
public enum SHA1 {
  /// The 20 bytes of the digest.
  public static func digest(of message: [UInt8]) -> [UInt8] {
    var digest = [UInt8](repeating: 0, count: Int(SHA_DIGEST_LENGTH))
    // SAFETY: the digest has room for the 20 bytes that are written.
    _ = unsafe COpenSSL.SHA1(message, message.count, &digest)
    return digest
  }
}
