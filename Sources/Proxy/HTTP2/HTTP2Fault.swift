/// Why a message is malformed (RFC 9113 section 8.1.1). Its stream is reset; the connection lives on.
public enum HTTP2Fault: UInt8, Error, CaseIterable, Sendable {
  // Fields (RFC 9113 sections 8.2 and 10.3).
  case fieldName
  case uppercaseName
  case fieldValue
  case connectionField
  case te
  case headTooLarge
  case tooManyFields

  // Control data (RFC 9113 section 8.3).
  case unknownPseudoField
  case repeatedPseudoField
  case pseudoFieldBehindFields
  case pseudoFieldInTrailers
  case missingPseudoField
  case method
  case scheme
  case path
  case authority
  case hostDiffers
  case repeatedHost
  case connectForm
  case statusCode

  // Bodies (RFC 9113 section 8.1.1).
  case contentLength
  case repeatedContentLength
  case contentLengthTooLarge
  case lengthDiffers
  case bodyForbidden
  case dataBeforeHead
  case trailersWithoutEnd
  case interimWithEnd
  case expectation

  /// What a client gets whose request has this fault, where it gets a response: what is well-formed
  /// but too large is answered, anything else is reset.
  public var status: Int? {
    switch self {
    case .headTooLarge, .tooManyFields: 431
    case .contentLengthTooLarge: 413
    case .expectation: 417
    default: nil
    }
  }

  /// A machine-readable word for logs, and what the client is told.
  public var reason: StaticString { fieldReason ?? controlReason ?? bodyReason }

  private var fieldReason: StaticString? {
    switch self {
    case .fieldName: "invalid_field_name"
    case .uppercaseName: "uppercase_field_name"
    case .fieldValue: "invalid_field_value"
    case .connectionField: "connection_specific_field"
    case .te: "te_other_than_trailers"
    case .headTooLarge: "head_too_large"
    case .tooManyFields: "too_many_fields"
    default: nil
    }
  }

  private var controlReason: StaticString? {
    switch self {
    case .unknownPseudoField: "unknown_pseudo_field"
    case .repeatedPseudoField: "repeated_pseudo_field"
    case .pseudoFieldBehindFields: "pseudo_field_behind_fields"
    case .pseudoFieldInTrailers: "pseudo_field_in_trailers"
    case .missingPseudoField: "missing_pseudo_field"
    case .method: "invalid_method"
    case .scheme: "invalid_scheme"
    case .path: "invalid_path"
    case .authority: "invalid_authority"
    case .hostDiffers: "host_differs_from_authority"
    case .repeatedHost: "repeated_host"
    case .connectForm: "malformed_connect"
    case .statusCode: "invalid_status_code"
    default: nil
    }
  }

  private var bodyReason: StaticString {
    switch self {
    case .contentLength: "invalid_content_length"
    case .repeatedContentLength: "repeated_content_length"
    case .contentLengthTooLarge: "content_length_too_large"
    case .lengthDiffers: "content_length_differs_from_data"
    case .bodyForbidden: "body_forbidden"
    case .dataBeforeHead: "data_before_head"
    case .trailersWithoutEnd: "trailers_without_end_of_stream"
    case .interimWithEnd: "interim_response_ends_stream"
    case .expectation: "unknown_expectation"
    default: "malformed"
    }
  }
}

/// Why a stream or a connection ended (RFC 9113 section 7).
public struct HTTP2ErrorCode: RawRepresentable, Equatable, Sendable {
  public let rawValue: UInt32
  public init(rawValue: UInt32) { self.rawValue = rawValue }

  public static let noError = HTTP2ErrorCode(rawValue: 0x0)
  public static let protocolError = HTTP2ErrorCode(rawValue: 0x1)
  public static let internalError = HTTP2ErrorCode(rawValue: 0x2)
  public static let flowControlError = HTTP2ErrorCode(rawValue: 0x3)
  public static let streamClosed = HTTP2ErrorCode(rawValue: 0x5)
  public static let refusedStream = HTTP2ErrorCode(rawValue: 0x7)
  public static let cancel = HTTP2ErrorCode(rawValue: 0x8)
  public static let connectError = HTTP2ErrorCode(rawValue: 0xA)
  public static let enhanceYourCalm = HTTP2ErrorCode(rawValue: 0xB)

  private static let names = [
    "NO_ERROR", "PROTOCOL_ERROR", "INTERNAL_ERROR", "FLOW_CONTROL_ERROR", "SETTINGS_TIMEOUT",
    "STREAM_CLOSED", "FRAME_SIZE_ERROR", "REFUSED_STREAM", "CANCEL", "COMPRESSION_ERROR",
    "CONNECT_ERROR", "ENHANCE_YOUR_CALM", "INADEQUATE_SECURITY", "HTTP_1_1_REQUIRED",
  ]

  /// The registered name, or the number.
  public var name: String {
    rawValue < UInt32(Self.names.count) ? Self.names[Int(rawValue)] : String(rawValue)
  }
}

/// Why an HTTP/2 connection cannot go on, in words.
public struct HTTP2ConnectionFault: Error, Equatable, Sendable, CustomStringConvertible {
  public let description: String

  public init(_ description: String) { self.description = description }
}
