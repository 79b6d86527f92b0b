import COpenSSL

// SAFETY: OpenSSL counts its references atomically; sessions that resume from it only read it.
/// What a client needs to resume a session, for its owner to keep with the endpoint it came from.
/// Immutable; any thread.
@safe
public final class SavedTLSSession: @unchecked Sendable {
  // SAFETY: never nil; one reference is this object's, given up in deinit.
  let native: OpaquePointer
  /// It was verified by this context's rules and by no others.
  let context: TLSContext
  let serverName: String

  /// Takes over one reference.
  init(taking native: OpaquePointer, from context: TLSContext, serverName: String) {
    unsafe self.native = native
    self.context = context
    self.serverName = serverName
  }

  // SAFETY: the reference was this object's.
  deinit { unsafe SSL_SESSION_free(native) }
}
