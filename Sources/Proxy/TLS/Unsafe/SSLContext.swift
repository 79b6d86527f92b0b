import COpenSSL
import Config

// SAFETY: set up by one thread before it is shared; then OpenSSL only reads it and counts references
// atomically.
/// OpenSSL's context: what the sessions of one configuration share.
@safe
final class SSLContext: @unchecked Sendable {
  // SAFETY: made in init, never nil; one reference is this object's, given up in deinit.
  let native: OpaquePointer
  /// Types of key that have a certificate already.
  private var keyTypes: [Int32] = []

  init(isServer: Bool) {
    precondition(OpenSSL.isReady, "OpenSSL could not be started")
    // SAFETY: the method is static; nil comes only when memory is exhausted.
    guard
      let native = unsafe SSL_CTX_new(isServer ? TLS_server_method() : TLS_client_method())
    else { preconditionFailure("memory for a TLS context") }
    unsafe self.native = native
    unsafe copenssl_set_defaults(native)
    unsafe SSL_CTX_set_info_callback(native, onProgress)
  }

  // SAFETY: the reference was this object's.
  deinit { unsafe SSL_CTX_free(native) }

  // MARK: versions, ciphers, groups

  func setVersions(_ minimum: TLSVersion, _ maximum: TLSVersion) {
    // SAFETY: as in all functions below, the context lives as long as this object.
    // Before TLS 1.2 signatures use SHA-1, which no higher level allows.
    unsafe SSL_CTX_set_security_level(native, minimum < .tls12 ? 0 : 2)
    _ = unsafe copenssl_set_versions(native, Int32(minimum.rawValue), Int32(maximum.rawValue))
  }

  /// False when OpenSSL has none of these; colons part the names.
  func setCipherSuites(_ names: String) -> Bool {
    defer { ERR_clear_error() }
    // SAFETY: the names are read during the call.
    return unsafe SSL_CTX_set_cipher_list(native, names) == 1
  }

  /// As `setCipherSuites`, of TLS 1.3.
  func setTLS13CipherSuites(_ names: String) -> Bool {
    defer { ERR_clear_error() }
    // SAFETY: the names are read during the call.
    return unsafe SSL_CTX_set_ciphersuites(native, names) == 1
  }

  /// False when OpenSSL lacks one of these; colons part the names.
  func setGroups(_ names: String) -> Bool {
    defer { ERR_clear_error() }
    // SAFETY: the names are read during the call.
    return unsafe copenssl_set_groups(native, names) == 1
  }

  /// Those that were set for versions before TLS 1.3.
  var earlierCipherSuites: [CipherSuite] {
    var suites: [CipherSuite] = []
    // SAFETY: the list and what is in it are the context's; versions are static C strings.
    OpenSSL.forEach(in: unsafe SSL_CTX_get_ciphers(native)) { element in
      let suite = OpaquePointer(element)
      let version = unsafe String(cString: SSL_CIPHER_get_version(suite))
      guard version != "TLSv1.3" else { return }
      suites.append(
        CipherSuite(
          isBeforeTLS12: version != "TLSv1.2",
          authentication: unsafe SSL_CIPHER_get_auth_nid(suite)))
    }
    return suites
  }

  /// A certificate that was added has the kind of key that the suite is signed with.
  func canServe(_ suite: CipherSuite) -> Bool {
    switch suite.authentication {
    case NID_auth_rsa: keyTypes.contains { $0 == EVP_PKEY_RSA || $0 == EVP_PKEY_RSA_PSS }
    case NID_auth_ecdsa: keyTypes.contains { $0 != EVP_PKEY_RSA && $0 != EVP_PKEY_RSA_PSS }
    default: false
    }
  }

  func preferServerCiphers() { unsafe copenssl_prefer_server_ciphers(native) }

  func setAutomaticDH() { unsafe copenssl_set_automatic_dh(native) }

  // MARK: certificates

  /// Adds a chain and its key; the leaf, or why not.
  func add(
    _ config: TLSCertificateConfig, at path: String
  ) throws(TLSContextFault) -> [TLSCertificate] {
    guard let chain = PEM.certificates(in: config.chain) else {
      throw TLSContextFault("\(path).certificate_chain", "a certificate in it cannot be decoded")
    }
    guard let leaf = chain.first else {
      throw TLSContextFault(
        "\(path).certificate_chain",
        "holds no PEM certificate; '-----BEGIN CERTIFICATE-----' is where one begins")
    }
    // SAFETY: the key is ours until the end; the context takes references of its own.
    let (key, refusal) = unsafe PEM.privateKey(in: config.privateKey, password: config.password)
    guard let key = unsafe key else { throw TLSContextFault("\(path).private_key", refusal) }
    defer { unsafe EVP_PKEY_free(key) }
    guard unsafe X509_check_private_key(leaf.x509, key) == 1 else {
      ERR_clear_error()
      throw TLSContextFault(
        "\(path).private_key", "does not belong to the certificate of \(leaf.subject)")
    }
    let type = unsafe EVP_PKEY_get_base_id(key)
    guard !keyTypes.contains(type) else {
      throw TLSContextFault(
        path, "a second certificate with the same type of key; one of each type can be used")
    }
    keyTypes.append(type)
    guard unsafe SSL_CTX_use_certificate(native, leaf.x509) == 1,
      unsafe SSL_CTX_use_PrivateKey(native, key) == 1, setChain(chain.dropFirst())
    else {
      throw TLSContextFault(
        "\(path).certificate_chain", "cannot be used: \(OpenSSL.takeError().text)")
    }
    return chain
  }

  private func setChain(_ chain: ArraySlice<TLSCertificate>) -> Bool {
    // SAFETY: the list borrows the certificates for the call; the context takes its own references.
    let list = unsafe OPENSSL_sk_new_null()
    defer { unsafe OPENSSL_sk_free(list) }
    for one in chain { unsafe OPENSSL_sk_push(list, UnsafeRawPointer(one.x509)) }
    return unsafe copenssl_set_chain(native, list) == 1
  }

  // MARK: trust

  /// Peers' chains must lead to one of these; a server also names them to its clients.
  func trust(_ authorities: [TLSCertificate], namesThem: Bool) {
    // SAFETY: store and context take references of their own.
    let store = unsafe SSL_CTX_get_cert_store(native)
    for one in authorities {
      unsafe X509_STORE_add_cert(store, one.x509)
      if namesThem { unsafe SSL_CTX_add_client_CA(native, one.x509) }
    }
    unsafe X509_STORE_set_flags(store, UInt(X509_V_FLAG_PARTIAL_CHAIN))
  }

  /// Peers are turned down that stand in one of the lists, or whose issuer none tells of.
  func setRevocationLists(_ lists: [RevocationList], leafOnly: Bool) {
    // SAFETY: the store lives as long as the context, and takes references of its own.
    let store = unsafe SSL_CTX_get_cert_store(native)
    let whole = X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL
    unsafe X509_STORE_set_flags(store, UInt(leafOnly ? X509_V_FLAG_CRL_CHECK : whole))
    for list in lists { unsafe X509_STORE_add_crl(store, list.crl) }
  }

  func ignoreDates() {
    unsafe X509_STORE_set_flags(SSL_CTX_get_cert_store(native), UInt(X509_V_FLAG_NO_CHECK_TIME))
  }

  /// The peer's certificate is asked for and judged by `PeerVerification`.
  func verifyPeers(requiresCertificate: Bool, maxDepth: Int) {
    let required = requiresCertificate ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0
    unsafe SSL_CTX_set_verify(native, SSL_VERIFY_PEER | required, nil)
    unsafe SSL_CTX_set_verify_depth(native, Int32(clamping: maxDepth))
    unsafe SSL_CTX_set_cert_verify_callback(native, onVerify, nil)
  }

  // MARK: protocols, sessions

  /// Names behind their lengths, for a client to offer.
  func offer(protocols wire: [UInt8]) {
    unsafe SSL_CTX_set_alpn_protos(native, wire, UInt32(wire.count))
  }

  /// Lets the session choose among what its client offers.
  func chooseProtocols() { unsafe SSL_CTX_set_alpn_select_cb(native, onProtocolsOffered, nil) }

  func stapleResponses() { unsafe copenssl_set_status_callback(native, onStatusWanted) }

  func disableTickets() { unsafe copenssl_disable_tickets(native) }

  /// One ticket for each handshake, sealed with the keys of the session's context.
  func issueTickets(lifetimeSeconds: Int) {
    unsafe SSL_CTX_set_num_tickets(native, 1)
    unsafe SSL_CTX_set_timeout(native, lifetimeSeconds)
    unsafe SSL_CTX_set_tlsext_ticket_key_evp_cb(native, onTicketKey)
  }

  /// Sessions are resumed only by contexts that judge clients in the same way: 32 bytes at most.
  func setResumptionScope(_ scope: [UInt8]) {
    unsafe SSL_CTX_set_session_id_context(native, scope, UInt32(scope.count))
  }

  func reportSessions() { unsafe copenssl_report_sessions(native, onSession) }
}

/// What a cipher suite asks for.
struct CipherSuite {
  /// It can be used with TLS 1.1 and earlier.
  let isBeforeTLS12: Bool
  /// OpenSSL's number of how the server proves who it is.
  let authentication: Int32
}
