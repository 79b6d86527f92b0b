import COpenSSL
import Config
import Memory
import Platform

/// What a step of a handshake came to.
public enum TLSHandshake: Equatable, Sendable {
  case done
  /// Goes on when the kernel has bytes.
  case wantsRead
  /// Goes on when the kernel has room.
  case wantsWrite
  case failed(TLSFault)
}

/// One TLS connection over a non-blocking descriptor, which it does not own. Its owner tells it what
/// the edge-triggered loop says, and closes the descriptor after it. Owning worker only.
/// Source: RFC 8446, RFC 5246.
@safe
public final class TLSSession {
  // SAFETY: made in init, freed in deinit; never leaves this target. It holds `self` unretained under
  // index 0 and calls back only within calls made here.
  let ssl: OpaquePointer
  // SAFETY: allocated in init, freed in deinit after the SSL whose buffer points to it.
  private let transport: UnsafeMutablePointer<SocketTransport>
  private var socket: SocketTransport {
    // SAFETY: the transport lives as long as this object; OpenSSL touches it only within calls made here.
    get { unsafe transport.pointee }
    _modify { yield unsafe &transport.pointee }
  }
  /// It keeps this context though a newer one may have taken its place.
  public let context: TLSContext
  /// What a client asked us for, or we ask the server for; empty: nothing.
  private let serverName: String
  public private(set) var isEstablished = false
  /// Why it failed, in the handshake or later.
  public private(set) var fault: TLSFault?
  private var isFaultTold = false
  /// What the peer did that ends the connection, though OpenSSL would go on.
  private var breach: TLSFault?
  private var budget = PostHandshakeBudget()
  /// The peer has said that it sends no more.
  private var peerHasEnded = false
  private var hasSentClose = false
  private var verificationFault: CertificateFault?
  private var readWaitsForRoom = false
  /// A client's latest session, to be resumed by the next connection to the same endpoint in place of
  /// any earlier one, which it ends. With TLS 1.3 it comes with the first bytes that are received.
  public private(set) var savedSession: SavedTLSSession?
  /// Bytes, the end or a fault can be had by `receive` before the loop tells of more.
  public private(set) var canReceive = false

  /// The server's side of a connection.
  public convenience init(server context: TLSContext, on fd: Int32) {
    precondition(context.isServer, "a server's session needs a server's context")
    self.init(context, fd: fd, serverName: "")
    // SAFETY: the SSL is this object's.
    unsafe SSL_set_accept_state(ssl)
  }

  /// The client's side of a connection. It asks for the name of the configuration; an address is not sent,
  /// but verified where names are.
  /// - Parameters:
  ///   - protocols: what is offered by ALPN where the context offers nothing, the preferred first.
  ///   - resuming: a session that a connection to the same endpoint saved.
  public convenience init(
    client context: TLSContext, on fd: Int32, offering protocols: [String] = [],
    resuming saved: SavedTLSSession? = nil
  ) {
    precondition(!context.isServer, "a client's session needs a client's context")
    let name = context.serverName
    self.init(context, fd: fd, serverName: name)
    // SAFETY: the SSL is this object's; it copies the name and takes a reference to the session.
    unsafe SSL_set_connect_state(ssl)
    if !name.isEmpty, SocketAddress(name, port: 0) == nil {
      unsafe copenssl_set_server_name(ssl, name)
    }
    if !protocols.isEmpty, !context.offersProtocols {
      let wire = protocols.flatMap { [UInt8(truncatingIfNeeded: $0.utf8.count)] + Array($0.utf8) }
      unsafe SSL_set_alpn_protos(ssl, wire, UInt32(wire.count))
    }
    if let saved, saved.context === context, saved.serverName == name {
      unsafe SSL_set_session(ssl, saved.native)
    }
  }

  private init(_ context: TLSContext, fd: Int32, serverName: String) {
    self.context = context
    self.serverName = serverName
    // SAFETY: nil comes only when memory is exhausted; the SSL takes the buffer over.
    guard let ssl = unsafe SSL_new(context.native.native) else {
      preconditionFailure("memory for a TLS session")
    }
    unsafe self.ssl = ssl
    unsafe transport = .allocate(capacity: 1)
    unsafe transport.initialize(to: SocketTransport(fd: fd))
    let buffer = unsafe OpenSSL.makeSocketBuffer(transport)
    unsafe SSL_set_bio(ssl, buffer, buffer)
    unsafe SSL_set_ex_data(ssl, 0, Unmanaged.passUnretained(self).toOpaque())
  }

  // SAFETY: the SSL frees its buffer, after which nothing points to the transport.
  deinit {
    // Else the session would be lost to those who saved it (RFC 5246 section 7.2.1 lets it live).
    if isEstablished { unsafe SSL_set_shutdown(ssl, SSL_SENT_SHUTDOWN) }
    unsafe SSL_free(ssl)
    unsafe transport.deinitialize(count: 1)
    unsafe transport.deallocate()
  }

  // MARK: readiness

  /// The kernel holds bytes, or the end.
  /// - Parameter peerClosed: the peer has sent its last byte, so that reading goes on until it is seen.
  public func onReadable(peerClosed: Bool) {
    socket.canRead = true
    if peerClosed { socket.peerClosed = true }
    canReceive = true
  }

  /// The kernel has room.
  public func onWritable() {
    socket.canWrite = true
    if readWaitsForRoom { canReceive = true }
  }

  /// The kernel may have room, as far as is known.
  public var canSend: Bool { socket.canWrite }

  /// Bytes that the kernel took, those of the handshake among them.
  public var writtenBytes: UInt64 { socket.writtenBytes }

  // MARK: handshake

  /// Goes on with the handshake as far as bytes and room allow.
  public func handshake() -> TLSHandshake {
    if let fault { return .failed(fault) }
    if isEstablished { return .done }
    ERR_clear_error()
    // SAFETY: the SSL is this object's.
    let code = unsafe SSL_do_handshake(ssl)
    if code == 1 { return finishHandshake() }
    switch stop(code) {
    case SSL_ERROR_WANT_READ: return .wantsRead
    case SSL_ERROR_WANT_WRITE: return .wantsWrite
    default: return .failed(fail())
    }
  }

  private func finishHandshake() -> TLSHandshake {
    ERR_clear_error()
    if let fault = resumedFault() {
      self.fault = fault
      return .failed(fault)
    }
    isEstablished = true
    // A ticket that TLS 1.2 renews is not reported as a new session.
    // SAFETY: OpenSSL adds a reference, which becomes ours.
    if !context.isServer, isResumed, version == .tls12, let own = unsafe SSL_get1_session(ssl) {
      unsafe keep(own)
    }
    // Bytes of the application may have come with the last of the handshake.
    canReceive = true
    return .done
  }

  /// A resumed client was verified when its session began, and may have expired since.
  private func resumedFault() -> TLSFault? {
    guard context.isServer, isResumed, let validation = context.validation,
      validation.verifiesPeer, !validation.acceptsExpired, let peer = peerCertificate
    else { return nil }
    let age = WallInstant.now().seconds - peer.notAfter
    return age > 0 ? .certificate(.expired(subject: peer.subject, secondsAgo: age)) : nil
  }

  // MARK: inbound

  /// Decrypts into the buffer's free tail until it is full or the kernel is empty; a full buffer makes
  /// room first. After `failed`, `fault` says why: ECONNRESET for an end without `close_notify`, EPROTO
  /// for what broke the protocol or was an alert.
  public func receive(into buffer: ByteBuffer) -> IOResult {
    precondition(isEstablished, "bytes are received after the handshake")
    if peerHasEnded { return .endOfStream }
    if let fault { return .failed(fault.code) }
    if buffer.writableCount == 0 { buffer.reserve(1) }
    var total = 0
    while buffer.writableCount > 0 {
      // SAFETY: OpenSSL writes only into the region the buffer shows for the call.
      let n = unsafe buffer.writeUnsafely {
        unsafe Int(SSL_read(ssl, $0.baseAddress, Int32(clamping: $0.count)))
      }
      if n > 0 {
        total += n
        continue
      }
      let end = afterRead(Int32(n))
      return total > 0 ? .moved(total) : end
    }
    return .moved(total)
  }

  /// What reading stopped at.
  private func afterRead(_ code: Int32) -> IOResult {
    if let breach { return .failed(fail(breach).code) }
    switch stop(code) {
    case SSL_ERROR_WANT_READ:
      canReceive = false
      readWaitsForRoom = false
      return .wouldBlock
    case SSL_ERROR_WANT_WRITE:
      canReceive = false
      readWaitsForRoom = true
      return .wouldBlock
    case SSL_ERROR_ZERO_RETURN:
      peerHasEnded = true
      return .endOfStream
    default: return .failed(fail().code)
    }
  }

  // MARK: outbound

  /// Encrypts and writes what the buffer holds, as far as there is room. The caller consumes or
  /// advances what moved. After `wouldBlock` the bytes at the buffer's front are promised: the next call
  /// must offer them again.
  public func send(from buffer: ByteBuffer) -> IOResult {
    precondition(isEstablished, "bytes are sent after the handshake")
    if hasSentClose { return .failed(fault?.code ?? EPIPE) }
    var total = 0
    while total < buffer.count {
      // SAFETY: OpenSSL reads only the region the buffer shows for the call.
      let n = unsafe buffer.readUnsafely {
        let rest = unsafe UnsafeRawBufferPointer(rebasing: $0[total...])
        return unsafe SSL_write(ssl, rest.baseAddress, Int32(clamping: rest.count))
      }
      guard n <= 0 else {
        total += Int(n)
        continue
      }
      if total > 0 { return afterPartOf(total, n) }
      return afterWrite(n)
    }
    return .moved(total)
  }

  private func afterPartOf(_ total: Int, _ code: Int32) -> IOResult {
    if case .failed(let code) = afterWrite(code) { return .failed(code) }
    return .moved(total)
  }

  /// What writing stopped at.
  private func afterWrite(_ code: Int32) -> IOResult {
    switch stop(code) {
    case SSL_ERROR_WANT_WRITE, SSL_ERROR_WANT_READ: return .wouldBlock
    default:
      hasSentClose = true
      let error = socket.writeError
      guard error != 0 else { return .failed(fail().code) }
      // What the peer said before it broke off can still be read.
      ERR_clear_error()
      canReceive = true
      return .failed(error)
    }
  }

  /// Tells the peer that nothing more is sent (`close_notify`); receiving goes on.
  /// - Returns: false when the kernel has no room now: to be called again, or let be.
  @discardableResult
  public func sendClose() -> Bool {
    guard isEstablished, fault == nil, !hasSentClose else { return true }
    // SAFETY: the SSL is this object's.
    let code = unsafe SSL_shutdown(ssl)
    if code < 0 {
      let wants = stop(code)
      ERR_clear_error()
      if wants == SSL_ERROR_WANT_WRITE { return false }
    }
    hasSentClose = true
    return true
  }

  // MARK: what was agreed

  /// The protocol that ALPN chose; nil: none.
  public var applicationProtocol: String? {
    var start: UnsafePointer<UInt8>?
    var count: UInt32 = 0
    // SAFETY: OpenSSL points into the session, which lives; the bytes are copied.
    unsafe SSL_get0_alpn_selected(ssl, &start, &count)
    guard count > 0 else { return nil }
    return unsafe String(
      decoding: UnsafeBufferPointer(start: start, count: Int(count)), as: UTF8.self)
  }

  /// The host the client asked for (SNI), as it wrote it; nil: none.
  public var requestedServerName: String? {
    guard context.isServer else { return serverName.isEmpty ? nil : serverName }
    // SAFETY: the answer is nil or a C string that lives with the session; it is copied.
    return unsafe SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name).map {
      unsafe String(cString: $0)
    }
  }

  /// nil before the handshake has agreed on one.
  public var version: TLSVersion? {
    TLSVersion(rawValue: UInt16(truncatingIfNeeded: unsafe SSL_version(ssl)))
  }

  /// OpenSSL's name of the cipher suite; nil before one is agreed.
  public var cipherSuite: String? {
    // SAFETY: both are static or live with the session; the name is copied.
    unsafe SSL_get_current_cipher(ssl).flatMap { unsafe SSL_CIPHER_get_name($0) }.map {
      unsafe String(cString: $0)
    }
  }

  /// HTTP/2 may not be spoken over what was agreed (RFC 9113 section 9.2.2).
  public var blocksHTTP2: Bool {
    // SAFETY: the answer is static.
    unsafe OpenSSL.blocksHTTP2(SSL_get_current_cipher(ssl))
  }

  /// The handshake took up an earlier session.
  public var isResumed: Bool { unsafe SSL_session_reused(ssl) == 1 }

  /// The peer's leaf; nil: none was shown. `isPeerVerified` tells whether it can be believed.
  public var peerCertificate: TLSCertificate? {
    // SAFETY: the reference is a new one, and becomes the certificate's.
    unsafe SSL_get1_peer_certificate(ssl).map { unsafe TLSCertificate(taking: $0) }
  }

  /// The peer has shown a certificate that leads to a trusted authority, or is pinned; also of a session that
  /// was resumed.
  public var isPeerVerified: Bool {
    guard let validation = context.validation, validation.verifiesPeer else { return false }
    return unsafe SSL_get0_peer_certificate(ssl) != nil && SSL_get_verify_result(ssl) == X509_V_OK
  }

  /// The peer's leaf and what it sent to prove it; a resumed session of a client has the leaf alone.
  public var peerChain: [TLSCertificate] {
    guard let leaf = peerCertificate else { return [] }
    var chain: [TLSCertificate] = []
    // SAFETY: the list lives with the session; its certificates are shared.
    unsafe OpenSSL.forEach(in: SSL_get_peer_cert_chain(ssl)) { one in
      unsafe chain.append(TLSCertificate(sharing: OpaquePointer(one)))
    }
    // A client's list begins with the leaf; a server's leaves it out.
    return context.isServer ? [leaf] + chain : chain
  }

  // MARK: what OpenSSL asks

  /// Judges the certificate that the peer shows.
  func verify(_ store: OpaquePointer) -> Bool {
    guard let validation = context.validation else { return true }
    let expected = context.verifiesServerName ? serverName : ""
    // SAFETY: OpenSSL's record lives for the call.
    let verification = unsafe PeerVerification(
      validation: validation, serverName: expected, store: store)
    verificationFault = verification.judge()
    return verificationFault == nil
  }

  /// The peer wanted to shake hands anew, and was told that this is not done.
  func onRenegotiation() { breakOff(.renegotiation) }

  /// The peer sent a message of the handshake behind it.
  func onPostHandshakeMessage() {
    if isEstablished, !budget.spend(now: .now()) { breakOff(.postHandshakeFlood) }
  }

  private func breakOff(_ fault: TLSFault) {
    breach = fault
    socket.ignoresPeer = true
  }

  /// Takes over a reference to a session that the server gave us.
  func keep(_ native: OpaquePointer) {
    // SAFETY: the caller gives its reference up.
    savedSession = unsafe SavedTLSSession(taking: native, from: context, serverName: serverName)
  }

  // MARK: faults

  /// Why it failed, once.
  public func takeFault() -> TLSFault? {
    guard !isFaultTold, let fault else { return nil }
    isFaultTold = true
    return fault
  }

  /// What OpenSSL stopped at with this code (SSL_ERROR_...).
  private func stop(_ code: Int32) -> Int32 {
    // SAFETY: the SSL is this object's.
    unsafe SSL_get_error(ssl, code)
  }

  /// Notes why the session failed: what OpenSSL has just said, and what is known of the socket.
  private func fail() -> TLSFault {
    let error = OpenSSL.takeError()
    let found = SessionFailure(
      error: error.code, text: error.text, opening: socket.opening,
      openingCount: socket.openingCount, hasEnded: socket.hasEnded,
      socketError: socket.readError == 0 ? socket.writeError : socket.readError,
      isEstablished: isEstablished)
    return fail(verificationFault.map { .certificate($0) } ?? found.fault)
  }

  private func fail(_ fault: TLSFault) -> TLSFault {
    self.fault = fault
    // A failed session says nothing more.
    hasSentClose = true
    canReceive = true
    return fault
  }
}
