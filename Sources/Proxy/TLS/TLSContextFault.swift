/// Why a TLS configuration cannot be used.
public struct TLSContextFault: Error, Equatable, Sendable {
  /// Field of `CommonTlsContext`: `tls_certificates[0].private_key`.
  public var path: String
  /// What was found and what is accepted, one sentence.
  public var text: String

  public init(_ path: String, _ text: String) {
    self.path = path
    self.text = text
  }
}

extension TLSContextFault: CustomStringConvertible {
  public var description: String { "\(path): \(text)" }
}
