/// A value that an operator without arguments stands for. Source: Envoy's "Command operators".
public enum CommandOperator: Sendable {
  case startTime, duration, requestDuration, responseDuration, responseTxDuration
  case protocolName, responseCode, responseFlags, responseCodeDetails, bytesReceived, bytesSent
  case upstreamHost, upstreamLocalAddress, upstreamCluster, upstreamAttemptCount, routeName
  case downstreamRemoteAddress, downstreamRemoteHost, downstreamRemotePort
  case downstreamDirectAddress, downstreamDirectHost
  case downstreamLocalAddress, downstreamLocalHost, downstreamLocalPort
  case traceID, spanID
  case tlsVersion, tlsCipher, requestedServerName
  case peerSubject, peerIssuer, peerSerial, peerFingerprint, peerURINames, peerDNSNames
  /// From the request's end to the first byte of the response: what the standard access log shows of an
  /// attempt. It has no name of its own.
  case upstreamServiceTime
  /// The name of the machine the proxy runs on.
  case hostName
}

/// Where a format string stands: not everything is known everywhere.
public enum FormatPlace: Sendable {
  case requestHeader, responseHeader, accessLog
}

extension CommandOperator {
  /// The names that may stand at a place, in the order of what is accepted.
  static func names(in place: FormatPlace) -> [(name: String, value: CommandOperator)] {
    switch place {
    case .requestHeader: everywhere
    case .responseHeader: everywhere + afterResponse
    case .accessLog: everywhere + afterResponse + atTheEnd
    }
  }

  private static let everywhere: [(name: String, value: CommandOperator)] = [
    ("DOWNSTREAM_REMOTE_ADDRESS", .downstreamRemoteAddress),
    ("DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT", .downstreamRemoteHost),
    ("DOWNSTREAM_REMOTE_PORT", .downstreamRemotePort),
    ("DOWNSTREAM_LOCAL_ADDRESS", .downstreamLocalAddress),
    ("DOWNSTREAM_LOCAL_ADDRESS_WITHOUT_PORT", .downstreamLocalHost),
    ("DOWNSTREAM_LOCAL_PORT", .downstreamLocalPort), ("PROTOCOL", .protocolName),
    ("UPSTREAM_CLUSTER", .upstreamCluster), ("ROUTE_NAME", .routeName), ("HOSTNAME", .hostName),
  ]

  private static let afterResponse: [(name: String, value: CommandOperator)] = [
    ("RESPONSE_CODE", .responseCode), ("UPSTREAM_HOST", .upstreamHost),
    ("UPSTREAM_REMOTE_ADDRESS", .upstreamHost),
  ]

  private static let atTheEnd: [(name: String, value: CommandOperator)] = [
    ("START_TIME", .startTime), ("DURATION", .duration), ("REQUEST_DURATION", .requestDuration),
    ("RESPONSE_DURATION", .responseDuration), ("RESPONSE_TX_DURATION", .responseTxDuration),
    ("RESPONSE_FLAGS", .responseFlags), ("RESPONSE_CODE_DETAILS", .responseCodeDetails),
    ("BYTES_RECEIVED", .bytesReceived), ("BYTES_SENT", .bytesSent),
    ("UPSTREAM_LOCAL_ADDRESS", .upstreamLocalAddress),
    ("UPSTREAM_REQUEST_ATTEMPT_COUNT", .upstreamAttemptCount),
    ("DOWNSTREAM_DIRECT_REMOTE_ADDRESS", .downstreamDirectAddress),
    ("DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT", .downstreamDirectHost),
    ("TRACE_ID", .traceID), ("SPAN_ID", .spanID), ("DOWNSTREAM_TLS_VERSION", .tlsVersion),
    ("DOWNSTREAM_TLS_CIPHER", .tlsCipher), ("REQUESTED_SERVER_NAME", .requestedServerName),
    ("DOWNSTREAM_PEER_SUBJECT", .peerSubject), ("DOWNSTREAM_PEER_ISSUER", .peerIssuer),
    ("DOWNSTREAM_PEER_SERIAL", .peerSerial),
    ("DOWNSTREAM_PEER_FINGERPRINT_256", .peerFingerprint),
    ("DOWNSTREAM_PEER_URI_SAN", .peerURINames), ("DOWNSTREAM_PEER_DNS_SAN", .peerDNSNames),
  ]
}

/// `%REQ(NAME?OTHER):LENGTH%` and `%RESP(NAME?OTHER):LENGTH%`: a part of a head, another one where it
/// is missing, cut to a length.
public struct FieldOperator: Equatable, Sendable {
  public enum Name: Equatable, Sendable {
    /// In lower case.
    case header(String)
    case method, path, authority, scheme
    /// Of a response.
    case status
  }
  public var isResponse: Bool
  public var name: Name
  public var alternative: Name?
  /// Bytes, from 1; nil: all.
  public var maxBytes: Int?

  public init(isResponse: Bool, name: Name, alternative: Name? = nil, maxBytes: Int? = nil) {
    self.isResponse = isResponse
    self.name = name
    self.alternative = alternative
    self.maxBytes = maxBytes
  }
}

extension FieldOperator.Name {
  /// nil when the head has no part of that name.
  init?(_ name: Substring, isResponse: Bool) {
    let name = name.lowercased()
    switch name {
    case ":status" where isResponse: self = .status
    case ":method" where !isResponse: self = .method
    case ":path" where !isResponse: self = .path
    case ":scheme" where !isResponse: self = .scheme
    case ":authority" where !isResponse, "host" where !isResponse: self = .authority
    default:
      guard HeaderText.isName(name) else { return nil }
      self = .header(name)
    }
  }
}
