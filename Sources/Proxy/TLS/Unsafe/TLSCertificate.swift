import COpenSSL
import Glibc
import HTTPModel
import Memory
import Platform

// SAFETY: what it points to is never changed after init; OpenSSL counts its references atomically and
// fills its caches under a lock of its own.
/// An X.509 certificate: one of ours, or a peer's. Immutable; any thread.
/// Source: RFC 5280.
@safe
public final class TLSCertificate: @unchecked Sendable {
  // SAFETY: never nil; one reference is this object's, given up in deinit.
  let x509: OpaquePointer

  /// Takes over one reference.
  init(taking x509: OpaquePointer) { unsafe self.x509 = x509 }

  /// Shares one that OpenSSL holds.
  convenience init(sharing x509: OpaquePointer) {
    // SAFETY: the caller's certificate lives for the call, and the new reference keeps it.
    unsafe X509_up_ref(x509)
    unsafe self.init(taking: x509)
  }

  // SAFETY: the reference was this object's.
  deinit { unsafe X509_free(x509) }

  // MARK: names

  /// RFC 2253, the most specific part first: `CN=web,O=Example`.
  public var subject: String {
    // SAFETY: the name lives as long as the certificate.
    unsafe Self.text(X509_get_subject_name(x509))
  }

  /// As `subject`, of the authority that signed it.
  public var issuer: String {
    // SAFETY: the name lives as long as the certificate.
    unsafe Self.text(X509_get_issuer_name(x509))
  }

  private static func text(_ name: OpaquePointer?) -> String {
    let bytes = OpenSSL.writing { buffer in
      // SAFETY: both live for the call.
      unsafe copenssl_print_name(buffer, name)
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// The subject's alternative names, in the certificate's order; kinds that nothing here uses left out.
  public var names: [SubjectName] {
    // SAFETY: OpenSSL makes a list of GENERAL_NAME that is ours to free, after the last use.
    guard let found = unsafe X509_get_ext_d2i(x509, NID_subject_alt_name, nil, nil) else {
      return []
    }
    let list = OpaquePointer(found)
    defer { unsafe GENERAL_NAMES_free(list) }
    var names: [SubjectName] = []
    OpenSSL.forEach(in: list) { element in
      let name = unsafe element.assumingMemoryBound(to: GENERAL_NAME.self)
      if let one = unsafe Self.subjectName(name.pointee) { names.append(one) }
    }
    return names
  }

  private static func subjectName(_ name: GENERAL_NAME) -> SubjectName? {
    // SAFETY: the type says which member of the union is set; these four are ASN1_STRING.
    let bytes = unsafe bytes(name.d.ia5)
    let text = String(decoding: bytes, as: UTF8.self)
    switch unsafe name.type {
    case GEN_DNS: return SubjectName(.dns, text)
    case GEN_URI: return SubjectName(.uri, text)
    case GEN_EMAIL: return SubjectName(.email, text)
    case GEN_IPADD: return addressText(bytes).map { SubjectName(.ipAddress, $0) }
    default: return nil
    }
  }

  private static func addressText(_ bytes: [UInt8]) -> String? {
    guard bytes.count == 4 || bytes.count == 16 else { return nil }
    func word(_ part: ArraySlice<UInt8>) -> UInt64 { part.reduce(0) { $0 << 8 | UInt64($1) } }
    let family: SocketAddress.Family = bytes.count == 4 ? .ipv4 : .ipv6
    let (high, low) = (word(bytes.dropLast(8)), word(bytes.suffix(8)))
    return SocketAddress(family: family, high: high, low: low, port: 0).host
  }

  static func bytes(_ string: UnsafePointer<ASN1_STRING>?) -> [UInt8] {
    // SAFETY: the string owns `length` bytes, copied here.
    guard let string = unsafe string, let start = unsafe ASN1_STRING_get0_data(string) else {
      return []
    }
    let count = unsafe Int(ASN1_STRING_length(string))
    return unsafe Array(UnsafeBufferPointer(start: start, count: count))
  }

  // MARK: dates and numbers

  /// Seconds since the Unix epoch from which on it is valid.
  public var notBefore: Int64 {
    // SAFETY: the time lives as long as the certificate.
    unsafe Self.seconds(X509_get0_notBefore(x509))
  }

  /// Seconds since the Unix epoch after which it is expired.
  public var notAfter: Int64 {
    // SAFETY: the time lives as long as the certificate.
    unsafe Self.seconds(X509_get0_notAfter(x509))
  }

  static func seconds(_ time: UnsafePointer<ASN1_TIME>?) -> Int64 {
    // SAFETY: both are locals or live for the call.
    var parts = unsafe tm()
    guard unsafe ASN1_TIME_to_tm(time, &parts) == 1 else { return 0 }
    return Int64(unsafe timegm(&parts))
  }

  /// In lower-case hexadecimal, as Envoy logs it.
  public var serialNumber: String {
    // SAFETY: the number lives as long as the certificate; at most 20 bytes are copied.
    unsafe hex(Self.bytes(X509_get0_serialNumber(x509)))
  }

  // MARK: forms

  /// SHA-256 of its DER form.
  public var sha256: [UInt8] {
    var digest = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
    var count: UInt32 = 0
    // SAFETY: OpenSSL writes at most EVP_MAX_MD_SIZE bytes.
    unsafe X509_digest(x509, EVP_sha256(), &digest, &count)
    return Array(digest.prefix(Int(count)))
  }

  /// SHA-256 of its SubjectPublicKeyInfo in DER.
  public var publicKeySHA256: [UInt8] {
    var der: UnsafeMutablePointer<UInt8>?
    // SAFETY: OpenSSL allocates the DER form, which is read and freed here.
    let count = unsafe i2d_X509_PUBKEY(X509_get_X509_PUBKEY(x509), &der)
    guard count > 0 else { return [] }
    defer { unsafe copenssl_free(der) }
    return unsafe OpenSSL.sha256(Array(UnsafeBufferPointer(start: der, count: Int(count))))
  }

  /// SHA-256 of its DER form in lower-case hexadecimal: the `Hash` of `x-forwarded-client-cert`.
  public var fingerprint: String { hex(sha256) }

  public var pem: [UInt8] {
    // SAFETY: both live for the call.
    OpenSSL.writing { unsafe PEM_write_bio_X509($0, x509) }
  }

  /// The PEM form with all but unreserved characters as `%XX`: the `Cert` of `x-forwarded-client-cert`.
  public var urlEncodedPEM: String { TLSCertificate.urlEncoded(pem) }

  /// The PEM forms of a chain one after the other, encoded: the `Chain` of `x-forwarded-client-cert`.
  public static func urlEncodedPEM(_ chain: [TLSCertificate]) -> String {
    urlEncoded(chain.flatMap(\.pem))
  }

  private static func urlEncoded(_ bytes: [UInt8]) -> String {
    String(percentEncoding: bytes, unless: ASCII.isUnreserved)
  }
}

/// Two digits a byte, lower case.
func hex(_ bytes: [UInt8]) -> String {
  let text = ByteBuffer(capacity: 2 * bytes.count)
  for byte in bytes { text.append(hex: UInt64(byte), digits: 2) }
  return String(decoding: [UInt8](text), as: UTF8.self)
}
