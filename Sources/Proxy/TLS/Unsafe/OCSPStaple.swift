import COpenSSL
import Glibc

/// A statement of an authority that a certificate of ours is good, shown to clients that ask.
/// Source: RFC 6960, RFC 6066 section 8.
struct OCSPStaple: Sendable {
  let response: [UInt8]
  /// Seconds since the Unix epoch after which it says nothing; nil: never.
  let nextUpdate: Int64?
  /// Of the certificate it is about, in lower-case hexadecimal.
  let serialNumber: String

  /// From a DER response; nil when it is none, or tells of a failure.
  init?(der: [UInt8]) {
    defer { ERR_clear_error() }
    var position: UnsafePointer<UInt8>?
    // SAFETY: OpenSSL decodes within the array's bytes; both objects it makes are freed here, after the
    // last use of what they hold.
    guard
      let response = unsafe der.withUnsafeBufferPointer({ bytes in
        unsafe position = bytes.baseAddress
        return unsafe d2i_OCSP_RESPONSE(nil, &position, bytes.count)
      })
    else { return nil }
    defer { unsafe OCSP_RESPONSE_free(response) }
    guard unsafe OCSP_response_status(response) == OCSP_RESPONSE_STATUS_SUCCESSFUL,
      let basic = unsafe OCSP_response_get1_basic(response)
    else { return nil }
    defer { unsafe OCSP_BASICRESP_free(basic) }
    guard let single = unsafe OCSP_resp_get0(basic, 0) else { return nil }
    self.response = der
    var next: UnsafeMutablePointer<ASN1_GENERALIZEDTIME>?
    unsafe OCSP_single_get0_status(single, nil, nil, nil, &next)
    nextUpdate = unsafe next.map { unsafe TLSCertificate.seconds($0) }
    var number: UnsafeMutablePointer<ASN1_INTEGER>?
    let id = unsafe OCSP_SINGLERESP_get0_id(single)
    unsafe OCSP_id_get0_info(nil, nil, nil, &number, id)
    serialNumber = unsafe hex(TLSCertificate.bytes(number))
  }
}
