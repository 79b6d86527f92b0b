import COpenSSL
import Config

/// Reading what operators give: certificates, keys and lists of what was revoked.
enum PEM {
  /// Every certificate in a text, in its order; nil when one of them cannot be decoded.
  static func certificates(in text: [UInt8]) -> [TLSCertificate]? {
    var found: [TLSCertificate] = []
    var none: [CChar] = [0]
    let isWhole = OpenSSL.reading(text) { buffer in
      // SAFETY: each certificate read is ours; the empty password keeps the terminal from being asked.
      while let one = unsafe PEM_read_bio_X509(buffer, nil, nil, &none) {
        unsafe found.append(TLSCertificate(taking: one))
      }
      return isAtEnd()
    }
    return isWhole ? found : nil
  }

  /// Every list of what was revoked in a text; nil when one of them cannot be decoded.
  static func revocationLists(in text: [UInt8]) -> [RevocationList]? {
    var found: [RevocationList] = []
    var none: [CChar] = [0]
    let isWhole = OpenSSL.reading(text) { buffer in
      // SAFETY: each list read is ours.
      while let one = unsafe PEM_read_bio_X509_CRL(buffer, nil, nil, &none) {
        unsafe found.append(RevocationList(taking: one))
      }
      return isAtEnd()
    }
    return isWhole ? found : nil
  }

  /// The private key in a text: a reference for the caller, or why there is none.
  static func privateKey(
    in text: SecretBytes, password: SecretBytes?
  ) -> (key: OpaquePointer?, refusal: String) {
    guard contains(text.bytes, "PRIVATE KEY-----") else {
      return (nil, "holds no PEM private key; PKCS #8, PKCS #1 and SEC 1 are accepted")
    }
    var phrase = (password?.bytes ?? []).map { CChar(bitPattern: $0) } + [0]
    let key = OpenSSL.reading(text.bytes) { buffer in
      // SAFETY: the phrase ends with zero and lives for the call.
      unsafe PEM_read_bio_PrivateKey(buffer, nil, nil, &phrase)
    }
    let error = OpenSSL.takeError()
    if let key = unsafe key { return unsafe (key, "") }
    guard contains(text.bytes, "ENCRYPTED") else {
      return (nil, "cannot be decoded: \(error.text)")
    }
    return (
      nil,
      password == nil
        ? "is encrypted and no password is given" : "is encrypted and the password does not open it"
    )
  }

  /// Reading stopped because there was no further entry.
  private static func isAtEnd() -> Bool {
    let error = OpenSSL.takeError()
    return error.code == 0 || ERR_GET_REASON(error.code) == PEM_R_NO_START_LINE
  }

  private static func contains(_ bytes: [UInt8], _ text: StaticString) -> Bool {
    let wanted = Array(text.description.utf8)
    return bytes.indices.contains { bytes[$0...].starts(with: wanted) }
  }
}
