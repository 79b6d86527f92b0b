import Config
import TLS

/// What does not fit into a field is left out: the certificates first.
private let maxElementBytes = 32 * 1024

extension TLSSession {
  /// The element of `x-forwarded-client-cert` about the client, in the order in which Envoy writes its keys.
  /// Made whatever the mode, which may come to be one that adds it while the connection lives. Empty: nobody
  /// has verified who the client is.
  func forwardedElement(_ config: ForwardedCertificateConfig) -> [UInt8] {
    guard isPeerVerified, let peer = peerCertificate else { return [] }
    let own = context.certificates.first?.names.texts(of: .uri) ?? []
    let hash = "Hash=" + peer.fingerprint
    let head = own.map { "By=" + $0.escaped } + [hash]
    var certificates: [String] = []
    if config.includesCertificate { certificates.append("Cert=\"" + peer.urlEncodedPEM + "\"") }
    if config.includesChain {
      certificates.append("Chain=\"" + TLSCertificate.urlEncodedPEM(peerChain) + "\"")
    }
    var names: [String] = []
    if config.includesSubject { names.append("Subject=\"" + peer.subject.quotable + "\"") }
    if config.includesURIs { names += peer.names.texts(of: .uri).map { "URI=" + $0.escaped } }
    if config.includesDNSNames { names += peer.names.texts(of: .dns).map { "DNS=" + $0.escaped } }
    for pairs in [head + certificates + names, head + names] {
      let element = Array(pairs.joined(separator: ";").utf8)
      if element.count <= maxElementBytes { return element }
    }
    return Array(hash.utf8)
  }
}

extension [SubjectName] {
  func texts(of kind: SubjectNameMatcherConfig.Kind) -> [String] {
    filter { $0.kind == kind }.map(\.text)
  }
}

extension String {
  /// With what would end the value, or the field, as `%XX`: a certificate may name anything.
  fileprivate var escaped: String {
    String(percentEncoding: utf8) { byte in
      switch byte {
      case 0...0x20, 0x7F..., UInt8(ascii: ","), UInt8(ascii: ";"), UInt8(ascii: "\""),
        UInt8(ascii: "\\"):
        false
      default: true
      }
    }
  }

  /// To stand in quotation marks. RFC 2253 escapes some of these already; a backslash that it escapes is
  /// written as `%5C`, for readers differ in whether two of them free the quotation mark behind.
  fileprivate var quotable: String {
    var text: [UInt8] = []
    var isEscaped = false
    for byte in utf8 where byte >= 0x20 && byte < 0x7F {
      if byte == UInt8(ascii: "\\"), isEscaped {
        text.removeLast()
        text += Array("%5C".utf8)
      } else {
        if byte == UInt8(ascii: "\""), !isEscaped { text.append(UInt8(ascii: "\\")) }
        text.append(byte)
      }
      isEscaped = byte == UInt8(ascii: "\\") && !isEscaped
    }
    return String(decoding: text, as: UTF8.self)
  }
}
