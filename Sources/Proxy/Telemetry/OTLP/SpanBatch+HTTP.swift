import HTTPModel
import Memory
import Platform

/// Spans of HTTP exchanges, by OpenTelemetry's semantic conventions for HTTP (stable since 1.23).
extension SpanBatch {
  /// The exchange as the client sees it.
  func appendServerSpan(
    _ record: borrowing ExchangeRecord, request: RequestHead, cluster: ClusterStats?,
    routeName: [UInt8]
  ) {
    guard let mark = beginSpan() else { return }
    append(
      SpanIdentity(
        trace: record.trace, spanID: record.trace.spanID, parentSpanID: record.trace.parentSpanID,
        parentIsRemote: record.trace.parentSpanID != 0, kind: .server,
        startUnixNanoseconds: record.startWall.nanoseconds,
        endUnixNanoseconds: record.wallNanoseconds(record.end)))
    appendMethod(record.requestLine, request)
    appendServer(request.text(record.requestLine.authority))
    bytes.append(attribute: "url.scheme", record.isSecure ? "https" : "http")
    append("url.path", wire: request.text(record.requestLine.path))
    let query = request.text(record.requestLine.query)
    if !query.isEmpty { append("url.query", wire: query) }
    append("client.address", host: record.downstreamRemote)
    append("network.peer.address", host: record.downstreamDirect)
    bytes.append(attribute: "network.peer.port", Int(record.downstreamDirect.port))
    bytes.append(attribute: "network.protocol.version", record.version.protocolVersion)
    if let index = request.firstIndex(of: .userAgent) {
      append("user_agent.original", wire: request.value(at: index))
    }
    if let index = request.firstIndex(of: .xRequestID) {
      scratch.clear()
      scratch.append(repaired: request.value(at: index).extracting(first: Self.maxValueBytes))
      let scratch = scratch
      bytes.append(attribute: "http.request.header.x-request-id", arrayOf: scratch.readable)
    }
    bytes.append(attribute: "http.request.body.size", Int(clamping: record.requestBodyBytes))
    bytes.append(attribute: "http.response.body.size", Int(clamping: record.responseBodyBytes))
    appendRoute(record.flags, cluster: cluster, routeName: routeName)
    bytes.append(tags)
    appendOutcome(
      status: record.status, failsFrom: 500, flags: record.flags, cause: record.cause)
    appendContextState(record.trace, request)
    bytes.endMessage(mark)
  }

  /// The exchange's last attempt.
  func appendClientSpan(
    _ record: borrowing ExchangeRecord, request: RequestHead, cluster: ClusterStats
  ) {
    guard let mark = beginSpan() else { return }
    let attempt = record.attempt
    append(
      SpanIdentity(
        trace: record.trace, spanID: attempt.spanID, parentSpanID: record.trace.spanID,
        parentIsRemote: false, kind: .client,
        startUnixNanoseconds: record.wallNanoseconds(attempt.start),
        endUnixNanoseconds: record.wallNanoseconds(attempt.end ?? attempt.start)))
    appendMethod(record.requestLine, request)
    appendServer(request.text(request.authority))
    appendFullURL(request)
    if let endpoint = attempt.endpoint {
      append("network.peer.address", host: endpoint)
      bytes.append(attribute: "network.peer.port", Int(endpoint.port))
    }
    bytes.append(attribute: "network.protocol.version", "1.1")
    if record.attemptCount > 1 {
      bytes.append(attribute: "http.request.resend_count", record.attemptCount &- 1)
    }
    appendRoute(attempt.flags, cluster: cluster, routeName: [])
    appendOutcome(
      status: attempt.status, failsFrom: 400, flags: attempt.flags, cause: attempt.cause)
    appendContextState(record.trace, request)
    bytes.endMessage(mark)
  }

  /// The span's name and the method; a method that is not one of the nine is `_OTHER`, its span `HTTP`.
  private func appendMethod(_ line: RequestLine, _ request: RequestHead) {
    let method = request.text(line.methodText)
    if line.method == .other {
      bytes.append(field: 5, text: "HTTP")
      bytes.append(attribute: "http.request.method", "_OTHER")
      append("http.request.method_original", wire: method)
    } else {
      bytes.append(field: 5, bytes: method)
      bytes.append(attribute: "http.request.method", method)
    }
  }

  /// `server.address` and `server.port` from an authority.
  private func appendServer(_ authority: Span<UInt8>) {
    guard !authority.isEmpty else { return }
    let parts = AuthorityParts(authority)
    append("server.address", wire: authority.extracting(parts.host))
    if let port = parts.port { bytes.append(attribute: "server.port", port) }
  }

  private func appendFullURL(_ request: RequestHead) {
    scratch.clear()
    scratch.append("http://" as StaticString)
    scratch.append(repaired: request.text(request.authority).extracting(first: 512))
    let target = request.text(request.target)
    scratch.append(repaired: target.extracting(first: Self.maxValueBytes))
    appendScratch("url.full")
  }

  func appendRoute(_ flags: ResponseFlags, cluster: ClusterStats?, routeName: [UInt8]) {
    if let cluster { bytes.append(attribute: "upstream_cluster", cluster.name) }
    if !routeName.isEmpty { bytes.append(attribute: "route_name", routeName) }
    if flags.isEmpty {
      bytes.append(attribute: "response_flags", "-")
    } else {
      scratch.clear()
      scratch.append(flags)
      appendScratch("response_flags")
    }
  }

  /// Status code, `error.type` and the span's status. A response that was cut is an error whatever its
  /// head said.
  private func appendOutcome(
    status: Int, failsFrom errorStatus: Int, flags: ResponseFlags, cause: StaticString
  ) {
    if status > 0 { bytes.append(attribute: "http.response.status_code", status) }
    let wasCut = status < 400 && !flags.isEmpty
    guard status == 0 || status >= errorStatus || wasCut else { return }
    scratch.clear()
    if status > 0, !wasCut {
      scratch.append(decimal: UInt64(status))
    } else if cause.utf8CodeUnitCount > 0 {
      scratch.append(cause)
    } else {
      scratch.append("_OTHER" as StaticString)
    }
    appendScratch("error.type")
    appendErrorStatus(flags.isEmpty ? "" : cause)
  }

  /// The span's `trace_state`.
  private func appendContextState(_ trace: TraceContext, _ request: RequestHead) {
    if !trace.state.isEmpty { bytes.append(field: 3, bytes: request.text(trace.state)) }
  }
}

extension HTTPVersion {
  /// As `network.protocol.version` has it.
  var protocolVersion: StaticString {
    switch self {
    case .http10: "1.0"
    case .http11: "1.1"
    case .http2: "2"
    }
  }
}
