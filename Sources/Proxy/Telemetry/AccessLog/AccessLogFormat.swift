import Config
import HTTPModel

/// The JSON object of one access log line, compiled from Envoy's format strings.
public struct AccessLogFormat: Sendable {
  struct Field: Sendable {
    /// The key as it stands in the line: `{"key":` or `,"key":`.
    var opening: [UInt8]
    var pieces: [Piece]
  }

  enum Piece: Sendable {
    /// Escaped for a JSON string.
    case text([UInt8])
    case value(AccessLogOperator)
  }

  let fields: [Field]

  /// The fields of a line when none are configured.
  public static let standard = AccessLogFormat(
    fields: standardFields.enumerated().map { index, field in
      Field(opening: Self.opening(field.key, isFirst: index == 0), pieces: [.value(field.value)])
    })

  private static let standardFields: [(key: String, value: AccessLogOperator)] = [
    ("start_time", .startTime), ("method", .method), ("path", .path), ("protocol", .protocolName),
    ("response_code", .responseCode), ("response_flags", .responseFlags),
    ("response_code_details", .responseCodeDetails), ("bytes_received", .bytesReceived),
    ("bytes_sent", .bytesSent), ("duration", .duration),
    ("upstream_service_time", .upstreamServiceTime),
    ("x_forwarded_for", .requestHeader(LoggedHeader("x-forwarded-for"), nil, maxBytes: nil)),
    ("user_agent", .requestHeader(LoggedHeader("user-agent"), nil, maxBytes: nil)),
    ("request_id", .requestHeader(LoggedHeader("x-request-id"), nil, maxBytes: nil)),
    ("authority", .authority), ("upstream_host", .upstreamHost),
    ("upstream_cluster", .upstreamCluster), ("route_name", .routeName),
    ("downstream_remote_address", .downstreamRemoteAddress), ("trace_id", .traceID),
    ("span_id", .spanID),
  ]

  private init(fields: [Field]) { self.fields = fields }

  /// Compiles configured fields; with none of them the result is `standard`. An unknown operator is
  /// rejected, its field left out.
  /// - Parameter path: where the configuration stands, for findings: `access_log[0].json_format`.
  public static func compile(
    _ fields: [AccessLogConfig.JSONField], path: String
  ) -> (format: AccessLogFormat, findings: [ConfigFinding]) {
    if fields.isEmpty { return (standard, []) }
    var compiled: [Field] = []
    var findings: [ConfigFinding] = []
    for field in fields {
      do throws(AccessLogFormatFault) {
        let pieces = try AccessLogFormatParser.parse(field.format)
        compiled.append(
          Field(opening: opening(field.key, isFirst: compiled.isEmpty), pieces: pieces))
      } catch {
        findings.append(.init(.rejected, path: "\(path).\(field.key)", text: error.text))
      }
    }
    return (AccessLogFormat(fields: compiled), findings)
  }

  private static func opening(_ key: String, isFirst: Bool) -> [UInt8] {
    Array((isFirst ? "{\"" : ",\"").utf8) + JSONText.escaped(key) + Array("\":".utf8)
  }
}

/// A header looked up when a line is written.
struct LoggedHeader: Sendable, Equatable {
  let known: KnownHeader
  /// Lower case, UTF-8.
  let name: [UInt8]

  init(_ name: String) {
    let lower = name.lowercased()
    self.name = Array(lower.utf8)
    known = KnownHeader.allCases.first { $0 != .other && "\($0.name)" == lower } ?? .other
  }
}

/// What a field shows.
enum AccessLogOperator: Sendable, Equatable {
  case startTime, method, path, authority, scheme, protocolName
  case responseCode, responseFlags, responseCodeDetails
  case bytesReceived, bytesSent
  case duration, requestDuration, responseDuration, responseTxDuration, upstreamServiceTime
  case upstreamHost, upstreamCluster, upstreamLocalAddress, upstreamAttemptCount, routeName
  case downstreamRemoteAddress, downstreamRemoteHost, downstreamRemotePort
  case downstreamLocalAddress, downstreamLocalHost, downstreamLocalPort
  case traceID, spanID
  case requestHeader(LoggedHeader, LoggedHeader?, maxBytes: Int?)
  case responseHeader(LoggedHeader, LoggedHeader?, maxBytes: Int?)

  /// Shown without quotes where it is all of a field.
  var isNumber: Bool {
    switch self {
    case .responseCode, .bytesReceived, .bytesSent, .duration, .requestDuration, .responseDuration,
      .responseTxDuration, .upstreamServiceTime, .upstreamAttemptCount, .downstreamRemotePort,
      .downstreamLocalPort:
      true
    default: false
    }
  }
}
