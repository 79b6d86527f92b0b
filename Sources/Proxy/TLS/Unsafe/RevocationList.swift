import COpenSSL

// SAFETY: OpenSSL sorts a list at the first look-up, which is made before the list is shared; from then on it
// is only read, and its references are counted atomically.
/// What an issuer has revoked (CRL). Immutable; any thread. Source: RFC 5280 section 5.
@safe
final class RevocationList: @unchecked Sendable {
  // SAFETY: never nil; one reference is this object's, given up in deinit.
  let crl: OpaquePointer

  /// Takes over one reference.
  init(taking native: OpaquePointer) {
    unsafe crl = native
    // SAFETY: the number is ours, and freed after the look-up that sorts.
    let number = unsafe ASN1_INTEGER_new()
    unsafe X509_CRL_get0_by_serial(crl, nil, number)
    unsafe ASN1_INTEGER_free(number)
  }

  // SAFETY: the reference was this object's.
  deinit { unsafe X509_CRL_free(crl) }

  func isOfIssuer(of other: RevocationList) -> Bool {
    // SAFETY: names live with their lists.
    unsafe X509_NAME_cmp(X509_CRL_get_issuer(crl), X509_CRL_get_issuer(other.crl)) == 0
  }

  /// Whatever this list revokes is revoked in one of the others, of the same issuer. Cost: a binary search
  /// for each entry.
  func isWithin(_ others: [RevocationList]) -> Bool {
    let alike = others.filter { $0.isOfIssuer(of: self) }
    var isWithin = true
    // SAFETY: the entries live with their list; the others' are found by number and not kept.
    unsafe OpenSSL.forEach(in: X509_CRL_get_REVOKED(crl)) { entry in
      guard isWithin else { return }
      let number = unsafe X509_REVOKED_get0_serialNumber(OpaquePointer(entry))
      isWithin = alike.contains { unsafe X509_CRL_get0_by_serial($0.crl, nil, number) == 1 }
    }
    return isWithin
  }
}
