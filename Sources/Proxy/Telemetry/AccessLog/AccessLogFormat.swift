import Config
import HTTPModel

/// The JSON object of one access log line, compiled from Envoy's format strings to steps without
/// references, so that a line is written without counting any.
public struct AccessLogFormat: Sendable {
  enum Step: Sendable {
    /// Bytes of `text`.
    case text(ByteRange)
    case value(AccessLogOperator, Standing)
  }

  /// How a value stands in its field.
  enum Standing: Sendable {
    /// All of it: without quotes; `null` where there is none.
    case aloneNumber
    /// All of it: in quotes; `null` where there is none.
    case aloneText
    /// Among other text: `-` where there is none.
    case amongText
  }

  private(set) var steps: [Step] = []
  /// Keys and literal text, escaped.
  private(set) var text: [UInt8] = []
  private(set) var headers: [LoggedHeader] = []

  /// The fields of a line when none are configured.
  public static let standard: AccessLogFormat = {
    var format = AccessLogFormat()
    for (key, value) in standardFields { format.append(key, [.value(value)]) }
    format.close()
    return format
  }()

  private static let standardFields: [(key: String, value: LoggedValue)] = [
    ("start_time", .plain(.startTime)),
    ("method", .plain(.method)),
    ("path", .plain(.path)),
    ("protocol", .plain(.protocolName)),
    ("response_code", .plain(.responseCode)),
    ("response_flags", .plain(.responseFlags)),
    ("response_code_details", .plain(.responseCodeDetails)),
    ("bytes_received", .plain(.bytesReceived)),
    ("bytes_sent", .plain(.bytesSent)),
    ("duration", .plain(.duration)),
    ("upstream_service_time", .plain(.upstreamServiceTime)),
    ("x_forwarded_for", .requestHeader("x-forwarded-for", alternative: nil, maxBytes: nil)),
    ("user_agent", .requestHeader("user-agent", alternative: nil, maxBytes: nil)),
    ("request_id", .requestHeader("x-request-id", alternative: nil, maxBytes: nil)),
    ("authority", .plain(.authority)),
    ("upstream_host", .plain(.upstreamHost)),
    ("upstream_cluster", .plain(.upstreamCluster)),
    ("route_name", .plain(.routeName)),
    ("downstream_remote_address", .plain(.downstreamRemoteAddress)),
    ("trace_id", .plain(.traceID)),
    ("span_id", .plain(.spanID)),
  ]

  /// Compiles configured fields; with none of them the result is `standard`. An unknown operator is
  /// rejected, its field left out.
  /// - Parameter path: where the configuration stands, for findings: `access_log[0].json_format`.
  public static func compile(
    _ fields: [AccessLogConfig.JSONField], path: String
  ) -> (format: AccessLogFormat, findings: [ConfigFinding]) {
    if fields.isEmpty { return (standard, []) }
    var format = AccessLogFormat()
    var findings: [ConfigFinding] = []
    for field in fields {
      do throws(AccessLogFormatFault) {
        format.append(field.key, try AccessLogFormatParser.parse(field.format))
      } catch {
        findings.append(.init(.rejected, path: "\(path).\(field.key)", text: error.text))
      }
    }
    format.close()
    return (format, findings)
  }

  /// Appends one field.
  private mutating func append(_ key: String, _ pieces: [LoggedPiece]) {
    let opening = steps.isEmpty ? "{\"" : ",\""
    append(Array(opening.utf8) + JSONText.escaped(key) + Array("\":".utf8))
    if pieces.count == 1, case .value(let value) = pieces[0] {
      let compiled = compile(value)
      steps.append(.value(compiled, compiled.isNumber ? .aloneNumber : .aloneText))
      return
    }
    append([UInt8(ascii: "\"")])
    for piece in pieces {
      switch piece {
      case .text(let literal): append(JSONText.escaped(literal))
      case .value(let value): steps.append(.value(compile(value), .amongText))
      }
    }
    append([UInt8(ascii: "\"")])
  }

  /// Ends the object and the line.
  private mutating func close() { append(Array((steps.isEmpty ? "{}\n" : "}\n").utf8)) }

  /// Appends literal bytes, to those before where there are some.
  private mutating func append(_ literal: [UInt8]) {
    if case .text(let before) = steps.last {
      steps.removeLast()
      steps.append(
        .text(ByteRange(offset: Int(before.offset), count: Int(before.count) + literal.count)))
    } else {
      steps.append(.text(ByteRange(offset: text.count, count: literal.count)))
    }
    text += literal
  }

  /// Puts the headers' names where the steps refer to them by number.
  private mutating func compile(_ value: LoggedValue) -> AccessLogOperator {
    switch value {
    case .plain(let plain): return plain
    case .requestHeader(let name, let alternative, let maxBytes):
      return .requestHeader(place(name, alternative, maxBytes))
    case .responseHeader(let name, let alternative, let maxBytes):
      return .responseHeader(place(name, alternative, maxBytes))
    }
  }

  private mutating func place(
    _ name: String, _ alternative: String?, _ maxBytes: Int?
  ) -> AccessLogOperator.Header {
    headers.append(LoggedHeader(name))
    if let alternative { headers.append(LoggedHeader(alternative)) }
    return AccessLogOperator.Header(
      index: headers.count - (alternative == nil ? 1 : 2), hasAlternative: alternative != nil,
      maxBytes: maxBytes ?? .max)
  }
}

/// A part of a field as it is configured.
enum LoggedPiece {
  case text(String)
  case value(LoggedValue)
}

/// A value as it is configured.
enum LoggedValue {
  case plain(AccessLogOperator)
  case requestHeader(String, alternative: String?, maxBytes: Int?)
  case responseHeader(String, alternative: String?, maxBytes: Int?)
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
  case downstreamDirectAddress, downstreamDirectHost
  case downstreamLocalAddress, downstreamLocalHost, downstreamLocalPort
  case traceID, spanID
  case requestHeader(Header)
  case responseHeader(Header)

  /// Which of the format's headers, the one behind it where it is missing, and how much of it.
  struct Header: Sendable, Equatable {
    var index: Int
    var hasAlternative: Bool
    var maxBytes: Int
  }

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
