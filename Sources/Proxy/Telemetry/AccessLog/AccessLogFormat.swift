import Config
import HTTPModel

/// The JSON object of one access log line, compiled from Envoy's format strings to steps without
/// references, so that a line is written without counting any.
public struct AccessLogFormat: Sendable {
  enum Step: Sendable {
    /// Bytes of `text`.
    case text(ByteRange)
    case value(LoggedValue, Standing)
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
    for (key, value) in standardFields { format.append(key, [format.compile(value, "")]) }
    format.close()
    return format
  }()

  private static let standardFields: [(key: String, value: FormatString.Piece)] = [
    ("start_time", .value(.startTime)),
    ("method", part(.method)),
    ("path", part(.path)),
    ("protocol", .value(.protocolName)),
    ("response_code", .value(.responseCode)),
    ("response_flags", .value(.responseFlags)),
    ("response_code_details", .value(.responseCodeDetails)),
    ("bytes_received", .value(.bytesReceived)),
    ("bytes_sent", .value(.bytesSent)),
    ("duration", .value(.duration)),
    ("upstream_service_time", .value(.upstreamServiceTime)),
    ("x_forwarded_for", part(.header("x-forwarded-for"))),
    ("user_agent", part(.header("user-agent"))),
    ("request_id", part(.header("x-request-id"))),
    ("authority", part(.authority)),
    ("upstream_host", .value(.upstreamHost)),
    ("upstream_cluster", .value(.upstreamCluster)),
    ("route_name", .value(.routeName)),
    ("downstream_remote_address", .value(.downstreamRemoteAddress)),
    ("trace_id", .value(.traceID)),
    ("span_id", .value(.spanID)),
  ]

  private static func part(_ name: FieldOperator.Name) -> FormatString.Piece {
    .field(FieldOperator(isResponse: false, name: name))
  }

  /// Compiles configured fields; with none of them the result is `standard`.
  /// - Parameter hostName: the value of `%HOSTNAME%`.
  public init(_ fields: [AccessLogConfig.JSONField], hostName: String) {
    self = fields.isEmpty ? Self.standard : AccessLogFormat()
    if fields.isEmpty { return }
    for field in fields { append(field.key, field.format.pieces.map { compile($0, hostName) }) }
    close()
  }

  private init() {}

  /// Appends one field.
  private mutating func append(_ key: String, _ pieces: [LoggedPiece]) {
    let opening = steps.isEmpty ? "{\"" : ",\""
    append(Array(opening.utf8) + JSONText.escaped(key) + Array("\":".utf8))
    if pieces.count == 1, case .value(let value) = pieces[0] {
      steps.append(.value(value, value.isNumber ? .aloneNumber : .aloneText))
      return
    }
    append([UInt8(ascii: "\"")])
    for piece in pieces {
      switch piece {
      case .text(let literal): append(JSONText.escaped(literal))
      case .value(let value): steps.append(.value(value, .amongText))
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

  private mutating func compile(_ piece: FormatString.Piece, _ hostName: String) -> LoggedPiece {
    switch piece {
    case .text(let text): .text(text)
    case .value(.hostName): .text(hostName)
    case .value(let value): .value(.command(value))
    case .field(let field): .value(.field(compile(field)))
    }
  }

  private mutating func compile(_ field: FieldOperator) -> LoggedField {
    var name = field.name
    var alternative = field.alternative
    // `:path` is the path as received, so what would say what it was before a rewrite is the same.
    if name == .header("x-envoy-original-path"), alternative == .path {
      (name, alternative) = (.path, nil)
    }
    return LoggedField(
      isResponse: field.isResponse, name: place(name), alternative: alternative.map { place($0) },
      maxBytes: field.maxBytes ?? .max)
  }

  /// Puts a header's name where the steps refer to it by number.
  private mutating func place(_ name: FieldOperator.Name) -> LoggedField.Part {
    switch name {
    case .header(let name):
      headers.append(LoggedHeader(name))
      return .header(headers.count - 1)
    case .method: return .method
    case .path: return .path
    case .authority: return .authority
    case .scheme: return .scheme
    case .status: return .status
    }
  }
}

/// A part of a field.
private enum LoggedPiece {
  case text(String)
  case value(LoggedValue)
}

/// What a field shows.
enum LoggedValue: Sendable {
  case command(CommandOperator)
  case field(LoggedField)

  /// Shown without quotes where it is all of a field.
  var isNumber: Bool {
    switch self {
    case .command(let value): value.isNumber
    case .field: false
    }
  }
}

/// A part of a head, the one behind it where it is missing, and how much of it.
struct LoggedField: Sendable {
  enum Part: Sendable {
    /// Which of the format's headers.
    case header(Int)
    case method, path, authority, scheme, status
  }
  var isResponse: Bool
  var name: Part
  var alternative: Part?
  var maxBytes: Int
}

/// A header looked up when a line is written.
struct LoggedHeader: Sendable {
  let known: KnownHeader
  /// Lower case, UTF-8.
  let name: [UInt8]

  /// - Parameter name: in lower case.
  init(_ name: String) {
    let bytes = Array(name.utf8)
    self.name = bytes
    known = KnownHeader.named(bytes.span)
  }
}

extension CommandOperator {
  fileprivate var isNumber: Bool {
    switch self {
    case .responseCode, .bytesReceived, .bytesSent, .duration, .requestDuration, .responseDuration,
      .responseTxDuration, .upstreamServiceTime, .upstreamAttemptCount, .downstreamRemotePort,
      .downstreamLocalPort:
      true
    default: false
    }
  }
}
