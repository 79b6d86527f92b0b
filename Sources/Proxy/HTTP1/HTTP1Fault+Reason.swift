extension HTTP1Fault {
  /// A machine-readable word for logs, and what the client is told.
  public var reason: StaticString { startLineReason ?? fieldReason ?? meaningReason ?? bodyReason }

  private var startLineReason: StaticString? {
    switch self {
    case .emptyLines: "empty_lines_before_the_request"
    case .method: "invalid_method"
    case .methodTooLong: "method_too_long"
    case .target: "invalid_byte_in_target"
    case .fragment: "fragment_in_target"
    case .targetForm: "target_form_does_not_suit_the_method"
    case .targetAuthority: "invalid_authority_in_target"
    case .targetTooLong: "request_line_too_long"
    case .requestLine: "malformed_request_line"
    case .version: "malformed_version"
    case .unsupportedVersion: "unsupported_version"
    case .statusLine: "malformed_status_line"
    case .statusCode: "invalid_status_code"
    case .unaskedSwitch: "switch_to_a_protocol_not_asked_for"
    default: nil
    }
  }

  private var fieldReason: StaticString? {
    switch self {
    case .bareLF: "bare_lf"
    case .bareCR: "bare_cr"
    case .obsFold: "obs_fold"
    case .emptyFieldName: "empty_field_name"
    case .fieldName: "invalid_field_name"
    case .spaceBeforeColon: "space_before_colon"
    case .missingColon: "field_line_without_colon"
    case .fieldValue: "control_character_in_field_value"
    case .tooManyFields: "too_many_fields"
    case .headTooLarge: "head_too_large"
    default: nil
    }
  }

  private var meaningReason: StaticString? {
    switch self {
    case .missingHost: "no_host_field"
    case .repeatedHost: "two_host_fields"
    case .host: "invalid_host"
    case .contentLength: "invalid_content_length"
    case .contentLengthTooLarge: "content_length_too_large"
    case .repeatedContentLength: "two_content_length_fields"
    case .lengthWithCoding: "content_length_with_transfer_encoding"
    case .codingOnHTTP10: "transfer_encoding_on_http_1_0"
    case .transferCoding: "malformed_transfer_encoding"
    case .unknownCoding: "unknown_transfer_coding"
    case .chunkedNotLast: "chunked_is_not_the_last_coding"
    case .repeatedChunked: "chunked_twice"
    case .connectionOption: "invalid_connection_option"
    case .connectionNamesEndToEnd: "connection_names_an_end_to_end_field"
    case .expectation: "unknown_expectation"
    case .bodyForbidden: "body_where_none_is_allowed"
    default: nil
    }
  }

  private var bodyReason: StaticString {
    switch self {
    case .chunkSize: "invalid_chunk_size"
    case .chunkSizeTooLarge: "chunk_size_too_large"
    case .chunkExtension: "invalid_chunk_extension"
    case .chunkExtensionTooLong: "chunk_extensions_too_long"
    case .chunkEnd: "no_crlf_behind_chunk_data"
    case .trailersTooLarge: "trailers_too_large"
    default: "body_cut_short"
    }
  }
}
