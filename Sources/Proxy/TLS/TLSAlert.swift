/// An alert by its number. Source: RFC 8446 section 6 and the registry it names.
public struct TLSAlert: RawRepresentable, Hashable, Sendable {
  public var rawValue: UInt8

  public init(rawValue: UInt8) { self.rawValue = rawValue }

  /// The registry's name; nil for a number it does not have.
  public var name: StaticString? { verdictName ?? certificateName ?? otherName }

  private var verdictName: StaticString? {
    switch rawValue {
    case 0: "close_notify"
    case 10: "unexpected_message"
    case 20: "bad_record_mac"
    case 22: "record_overflow"
    case 40: "handshake_failure"
    case 47: "illegal_parameter"
    case 50: "decode_error"
    case 51: "decrypt_error"
    case 70: "protocol_version"
    case 71: "insufficient_security"
    case 80: "internal_error"
    case 86: "inappropriate_fallback"
    default: nil
    }
  }

  private var certificateName: StaticString? {
    switch rawValue {
    case 41: "no_certificate"
    case 42: "bad_certificate"
    case 43: "unsupported_certificate"
    case 44: "certificate_revoked"
    case 45: "certificate_expired"
    case 46: "certificate_unknown"
    case 48: "unknown_ca"
    case 49: "access_denied"
    case 111: "certificate_unobtainable"
    case 113: "bad_certificate_status_response"
    case 114: "bad_certificate_hash_value"
    case 116: "certificate_required"
    default: nil
    }
  }

  private var otherName: StaticString? {
    switch rawValue {
    case 90: "user_canceled"
    case 100: "no_renegotiation"
    case 109: "missing_extension"
    case 110: "unsupported_extension"
    case 112: "unrecognized_name"
    case 115: "unknown_psk_identity"
    case 120: "no_application_protocol"
    default: nil
    }
  }
}

extension TLSAlert: CustomStringConvertible {
  public var description: String { name?.description ?? "alert \(rawValue)" }
}
