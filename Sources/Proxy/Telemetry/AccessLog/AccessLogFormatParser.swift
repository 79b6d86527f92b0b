/// Why a format string was refused.
struct AccessLogFormatFault: Error {
  var text: String
}

/// Reads Envoy's command operators: `%RESPONSE_CODE%`, `%REQ(X?Y):Z%`, `%%`.
enum AccessLogFormatParser {
  /// Operators without arguments.
  static let plain: [(name: String, value: AccessLogOperator)] = [
    ("START_TIME", .startTime), ("PROTOCOL", .protocolName), ("RESPONSE_CODE", .responseCode),
    ("RESPONSE_FLAGS", .responseFlags), ("RESPONSE_CODE_DETAILS", .responseCodeDetails),
    ("BYTES_RECEIVED", .bytesReceived), ("BYTES_SENT", .bytesSent), ("DURATION", .duration),
    ("REQUEST_DURATION", .requestDuration), ("RESPONSE_DURATION", .responseDuration),
    ("RESPONSE_TX_DURATION", .responseTxDuration), ("UPSTREAM_HOST", .upstreamHost),
    ("UPSTREAM_REMOTE_ADDRESS", .upstreamHost), ("UPSTREAM_CLUSTER", .upstreamCluster),
    ("UPSTREAM_LOCAL_ADDRESS", .upstreamLocalAddress),
    ("UPSTREAM_REQUEST_ATTEMPT_COUNT", .upstreamAttemptCount), ("ROUTE_NAME", .routeName),
    ("DOWNSTREAM_REMOTE_ADDRESS", .downstreamRemoteAddress),
    ("DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT", .downstreamRemoteHost),
    ("DOWNSTREAM_REMOTE_PORT", .downstreamRemotePort),
    ("DOWNSTREAM_DIRECT_REMOTE_ADDRESS", .downstreamDirectAddress),
    ("DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT", .downstreamDirectHost),
    ("DOWNSTREAM_LOCAL_ADDRESS", .downstreamLocalAddress),
    ("DOWNSTREAM_LOCAL_ADDRESS_WITHOUT_PORT", .downstreamLocalHost),
    ("DOWNSTREAM_LOCAL_PORT", .downstreamLocalPort), ("TRACE_ID", .traceID),
    ("SPAN_ID", .spanID),
  ]

  /// Compiles one format string.
  static func parse(_ format: String) throws(AccessLogFormatFault) -> [LoggedPiece] {
    var pieces: [LoggedPiece] = []
    var text = ""
    var rest = format[...]
    while let next = rest.popFirst() {
      guard next == "%" else {
        text.append(next)
        continue
      }
      guard let end = rest.firstIndex(of: "%") else {
        throw AccessLogFormatFault(
          text: "the % in \"\(format)\" is not closed; write %% for a percent sign")
      }
      let command = rest[..<end]
      rest = rest[rest.index(after: end)...]
      if command.isEmpty {
        text.append("%")
        continue
      }
      if !text.isEmpty { pieces.append(.text(text)) }
      text = ""
      pieces.append(.value(try compile(String(command))))
    }
    if !text.isEmpty { pieces.append(.text(text)) }
    return pieces
  }

  /// `NAME`, `NAME(ARGUMENTS)` or `NAME(ARGUMENTS):LENGTH`.
  private static func compile(_ command: String) throws(AccessLogFormatFault) -> LoggedValue {
    guard let open = command.firstIndex(of: "(") else {
      if let known = plain.first(where: { $0.name == command }) { return .plain(known.value) }
      throw unknown(command)
    }
    let name = command[..<open]
    guard let close = command.lastIndex(of: ")"), close > open else { throw unknown(command) }
    let arguments = command[command.index(after: open)..<close]
    let tail = command[command.index(after: close)...]
    guard name == "REQ" || name == "RESP", !arguments.isEmpty else { throw unknown(command) }
    let maxBytes = try length(tail, of: command)
    let names = arguments.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
    if name == "REQ" { return try request(names.map(String.init), maxBytes: maxBytes) }
    let alternative = names.count > 1 ? String(names[1]) : nil
    return .responseHeader(String(names[0]), alternative: alternative, maxBytes: maxBytes)
  }

  /// `:LENGTH` behind the arguments.
  private static func length(
    _ tail: Substring, of command: String
  ) throws(AccessLogFormatFault) -> Int? {
    if tail.isEmpty { return nil }
    guard tail.first == ":", let length = Int(tail.dropFirst()), length > 0 else {
      throw AccessLogFormatFault(
        text: "\"%\(command)%\" ends in \"\(tail)\"; accepted is :LENGTH, a number from 1")
    }
    return length
  }

  /// `REQ`: pseudo-headers stand for parts of the request line.
  private static func request(
    _ names: [String], maxBytes: Int?
  ) throws(AccessLogFormatFault) -> LoggedValue {
    if let part = requestPart(names[0]) { return .plain(part) }
    // `:path` is the path as received, so what would say what it was before a rewrite is the same.
    if names.count > 1, let part = requestPart(names[1]) {
      if names[0].lowercased() == "x-envoy-original-path" { return .plain(part) }
      throw AccessLogFormatFault(
        text: "\"\(names[1])\" cannot stand in for \"\(names[0])\"; accepted is a header's name")
    }
    let alternative = names.count > 1 ? names[1] : nil
    return .requestHeader(names[0], alternative: alternative, maxBytes: maxBytes)
  }

  private static func requestPart(_ name: String) -> AccessLogOperator? {
    switch name.lowercased() {
    case ":method": .method
    case ":path": .path
    case ":authority", "host": .authority
    case ":scheme": .scheme
    default: nil
    }
  }

  private static func unknown(_ command: String) -> AccessLogFormatFault {
    let names = plain.map { $0.name } + ["REQ(NAME?OTHER):LENGTH", "RESP(NAME?OTHER):LENGTH"]
    return AccessLogFormatFault(
      text: "\"%\(command)%\" is no known operator; accepted are \(names.joined(separator: ", "))")
  }
}
