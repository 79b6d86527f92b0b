import COpenSSL
import Config

// What OpenSSL calls in mid-handshake: each resolves the session and asks it.

/// The session that owns an SSL.
private func session(_ ssl: OpaquePointer?) -> TLSSession {
  // SAFETY: the session stored itself when it made the SSL, and lives until it has freed it.
  unsafe Unmanaged<TLSSession>.fromOpaque(SSL_get_ex_data(ssl, 0)!).takeUnretainedValue()
}

/// The peer has shown its chain; 1 accepts it.
func onVerify(_ store: OpaquePointer?, _: UnsafeMutableRawPointer?) -> Int32 {
  // SAFETY: OpenSSL keeps the SSL beside the record of a verification, under this index.
  let ssl = unsafe X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx())
  guard let store = unsafe store, let ssl = unsafe ssl else { return 0 }
  return unsafe session(OpaquePointer(ssl)).verify(store) ? 1 : 0
}

/// A client offers protocols; the answer points to one of its names.
func onProtocolsOffered(
  _ ssl: OpaquePointer?, _ chosen: UnsafeMutablePointer<UnsafePointer<UInt8>?>?,
  _ chosenCount: UnsafeMutablePointer<UInt8>?, _ offered: UnsafePointer<UInt8>?, _ count: UInt32,
  _: UnsafeMutableRawPointer?
) -> Int32 {
  // SAFETY: OpenSSL lends `count` bytes, among which the answer lies; it copies the answer.
  let bytes = unsafe UnsafeBufferPointer(start: offered, count: Int(count))
  let blocksHTTP2 = unsafe OpenSSL.blocksHTTP2(SSL_get_pending_cipher(ssl))
  let range = unsafe session(ssl).context.chooseProtocol(
    among: Span(_unsafeElements: bytes), butHTTP2: blocksHTTP2)
  guard let range, let offered = unsafe offered else { return SSL_TLSEXT_ERR_ALERT_FATAL }
  unsafe chosen?.pointee = offered + range.lowerBound
  unsafe chosenCount?.pointee = UInt8(range.count)
  return SSL_TLSEXT_ERR_OK
}

/// A handshake goes on, or an alert passes.
func onProgress(_ ssl: OpaquePointer?, _ event: Int32, _ value: Int32) {
  // SAFETY: the SSL lives for the call, and its session with it.
  if event == SSL_CB_WRITE_ALERT {
    if value & 0xFF == SSL_AD_NO_RENEGOTIATION { unsafe session(ssl).onRenegotiation() }
  } else if event & SSL_CB_LOOP != 0 {
    switch unsafe SSL_get_state(ssl) {
    case TLS_ST_SR_KEY_UPDATE, TLS_ST_CR_KEY_UPDATE, TLS_ST_CR_SESSION_TICKET:
      unsafe session(ssl).onPostHandshakeMessage()
    default: break
    }
  }
}

/// A client asks for an OCSP response; the certificate it will see is chosen.
func onStatusWanted(_ ssl: OpaquePointer?, _: UnsafeMutableRawPointer?) -> Int32 {
  // SAFETY: the certificate is the context's, which the session keeps; the response is copied.
  guard let leaf = unsafe SSL_get_certificate(ssl),
    let staple = unsafe session(ssl).context.staple(for: TLSCertificate(sharing: leaf)),
    unsafe copenssl_staple(ssl, staple.response, staple.response.count) == 1
  else { return SSL_TLSEXT_ERR_NOACK }
  return SSL_TLSEXT_ERR_OK
}

/// A ticket is to be sealed, or opened: fills in name and initial vector, or finds the key by name.
/// 1: done, 2: done, and the client is to get a ticket under the current key, 0: no such key.
func onTicketKey(
  _ ssl: OpaquePointer?, _ name: UnsafeMutablePointer<UInt8>?,
  _ vector: UnsafeMutablePointer<UInt8>?,
  _ cipher: OpaquePointer?, _ mac: OpaquePointer?, _ seals: Int32
) -> Int32 {
  let nameBytes = 16
  // SAFETY: OpenSSL lends 16 bytes of name and an initial vector of the cipher's size, also 16 bytes; the
  // keys' arrays live for the calls.
  guard let name = unsafe name, let keys = unsafe session(ssl).context.ticketKeys else { return 0 }
  if seals == 1 {
    let key = keys.keys.current
    for index in 0..<nameBytes { unsafe name[index] = key.name[index] }
    guard unsafe RAND_bytes(vector, Int32(nameBytes)) == 1,
      unsafe EVP_EncryptInit_ex(cipher, OpenSSL.ticketCipher, nil, key.cipherKey.bytes, vector) == 1
    else { return -1 }
    return unsafe copenssl_start_mac(mac, key.macKey.bytes, key.macKey.bytes.count) == 1 ? 1 : -1
  }
  let wanted = unsafe Array(UnsafeBufferPointer(start: name, count: nameBytes))
  guard let (key, isCurrent) = keys.key(named: wanted) else { return 0 }
  guard unsafe copenssl_start_mac(mac, key.macKey.bytes, key.macKey.bytes.count) == 1,
    unsafe EVP_DecryptInit_ex(cipher, OpenSSL.ticketCipher, nil, key.cipherKey.bytes, vector) == 1
  else { return -1 }
  // With TLS 1.3 a ticket is for one use (RFC 8446 appendix C.4).
  let isForOneUse = unsafe SSL_version(ssl) >= TLS1_3_VERSION
  return isCurrent && !isForOneUse ? 1 : 2
}

/// A server has given us a session to come back with; 1 takes the reference over.
func onSession(_ ssl: OpaquePointer?, _ native: OpaquePointer?) -> Int32 {
  // SAFETY: OpenSSL hands its reference over.
  guard let native = unsafe native else { return 0 }
  unsafe session(ssl).keep(native)
  return 1
}
