import Config
import HTTPModel
import Memory
import Platform

/// One line under way.
struct AccessLogLine {
  let bytes: ByteBuffer
  let headers: [LoggedHeader]
  let request: RequestHead
  let response: ResponseHead?
  let cluster: ClusterStats?
  let routeName: [UInt8]
  let security: ConnectionSecurity?

  /// Writes the object and its line feed.
  func append(_ format: AccessLogFormat, _ record: borrowing ExchangeRecord) {
    let steps = format.steps
    let text = format.text
    for index in steps.indices {
      switch steps[index] {
      case .text(let range): bytes.append(text.span.extracting(range.indices))
      case .value(let value, .aloneNumber):
        if !append(value, record) { bytes.append("null" as StaticString) }
      case .value(let value, .amongText):
        if !append(value, record) { bytes.append(UInt8(ascii: "-")) }
      case .value(let value, .aloneText): appendQuoted(value, record)
      }
    }
  }

  private func appendQuoted(_ value: LoggedValue, _ record: borrowing ExchangeRecord) {
    bytes.append(UInt8(ascii: "\""))
    if append(value, record) {
      bytes.append(UInt8(ascii: "\""))
    } else {
      bytes.truncate(to: bytes.count &- 1)
      bytes.append("null" as StaticString)
    }
  }

  /// Writes a value as it stands in a JSON string; false, and nothing written, when there is none.
  private func append(_ value: LoggedValue, _ record: borrowing ExchangeRecord) -> Bool {
    switch value {
    case .command(let value): append(value, record)
    case .field(let field): append(field, record)
    }
  }

  private func append(_ value: CommandOperator, _ record: borrowing ExchangeRecord) -> Bool {
    switch value {
    case .startTime: bytes.append(rfc3339: record.startWall)
    case .protocolName:
      guard record.kind == .http else { return false }
      bytes.append(record.version.name)
    case .responseCode:
      guard record.kind == .http else { return false }
      bytes.append(decimal: UInt64(record.status))
    case .responseFlags: bytes.append(record.flags)
    case .responseCodeDetails:
      guard record.cause.utf8CodeUnitCount > 0 else { return false }
      bytes.append(record.cause)
    case .bytesReceived: bytes.append(decimal: record.requestBodyBytes)
    case .bytesSent: bytes.append(decimal: record.responseBodyBytes)
    case .upstreamCluster: return append(text: cluster?.name)
    case .routeName: return append(text: routeName)
    case .traceID, .spanID: return appendTrace(value, record.trace)
    case .duration, .requestDuration, .responseDuration, .responseTxDuration, .upstreamServiceTime:
      return appendDuration(value, record)
    case .upstreamHost, .upstreamLocalAddress, .upstreamAttemptCount, .downstreamRemoteAddress,
      .downstreamRemoteHost, .downstreamRemotePort, .downstreamDirectAddress, .downstreamDirectHost,
      .downstreamLocalAddress, .downstreamLocalHost, .downstreamLocalPort:
      return appendPeer(value, record)
    case .tlsVersion, .tlsCipher, .requestedServerName, .peerSubject, .peerIssuer, .peerSerial,
      .peerFingerprint, .peerURINames, .peerDNSNames:
      return appendSecurity(value)
    case .hostName: preconditionFailure("compiled to text")
    }
    return true
  }

  private func append(text: Span<UInt8>) -> Bool {
    if text.isEmpty { return false }
    bytes.append(json: text)
    return true
  }

  private func append(text: [UInt8]?) -> Bool {
    guard let text, !text.isEmpty else { return false }
    bytes.append(json: text.span)
    return true
  }

  private func appendSecurity(_ value: CommandOperator) -> Bool {
    switch value {
    case .tlsVersion: append(text: security?.version)
    case .tlsCipher: append(text: security?.cipherSuite)
    case .requestedServerName: append(text: security?.serverName)
    case .peerSubject: append(text: security?.peer?.subject)
    case .peerIssuer: append(text: security?.peer?.issuer)
    case .peerSerial: append(text: security?.peer?.serialNumber)
    case .peerFingerprint: append(text: security?.peer?.fingerprint)
    case .peerURINames: append(list: security?.peer?.uris)
    default: append(list: security?.peer?.dnsNames)
    }
  }

  private func append(list: [String]?) -> Bool {
    append(text: list.map { Array($0.joined(separator: ",").utf8) })
  }

  private func appendTrace(_ value: CommandOperator, _ trace: TraceContext) -> Bool {
    guard trace.traceHigh | trace.traceLow != 0 else { return false }
    if value == .traceID {
      bytes.append(hex: trace.traceHigh, digits: 16)
      bytes.append(hex: trace.traceLow, digits: 16)
    } else {
      bytes.append(hex: trace.spanID, digits: 16)
    }
    return true
  }

  private func appendDuration(
    _ value: CommandOperator, _ record: borrowing ExchangeRecord
  ) -> Bool {
    let nanoseconds: UInt64? =
      switch value {
      case .requestDuration: record.requestEnd?.nanoseconds(since: record.start)
      case .responseDuration: record.attempt.firstByteReceived?.nanoseconds(since: record.start)
      case .responseTxDuration: Self.nanoseconds(record.attempt.firstByteReceived, record.end)
      case .upstreamServiceTime:
        record.attempt.firstByteReceived?.nanoseconds(since: record.attempt.start)
      default: record.durationNanoseconds
      }
    guard let nanoseconds else { return false }
    bytes.append(decimal: nanoseconds / 1_000_000)
    return true
  }

  private static func nanoseconds(_ start: MonotonicInstant?, _ end: MonotonicInstant) -> UInt64? {
    guard let start else { return nil }
    return end.nanoseconds(since: start)
  }

  private func appendPeer(_ value: CommandOperator, _ record: borrowing ExchangeRecord) -> Bool {
    switch value {
    case .upstreamHost:
      guard let endpoint = record.attempt.endpoint else { return false }
      bytes.append(endpoint)
    case .upstreamLocalAddress:
      guard let local = record.attempt.local else { return false }
      bytes.append(local)
    case .upstreamAttemptCount: bytes.append(decimal: UInt64(record.attemptCount))
    case .downstreamRemoteAddress: bytes.append(record.downstreamRemote)
    case .downstreamRemoteHost: bytes.append(host: record.downstreamRemote)
    case .downstreamRemotePort: bytes.append(decimal: UInt64(record.downstreamRemote.port))
    case .downstreamDirectAddress: bytes.append(record.downstreamDirect)
    case .downstreamDirectHost: bytes.append(host: record.downstreamDirect)
    case .downstreamLocalHost: bytes.append(host: record.downstreamLocal)
    case .downstreamLocalPort: bytes.append(decimal: UInt64(record.downstreamLocal.port))
    default: bytes.append(record.downstreamLocal)
    }
    return true
  }

  private func append(_ field: LoggedField, _ record: borrowing ExchangeRecord) -> Bool {
    if append(field.name, of: field, record) { return true }
    guard let alternative = field.alternative else { return false }
    return append(alternative, of: field, record)
  }

  private func append(
    _ part: LoggedField.Part, of field: LoggedField, _ record: borrowing ExchangeRecord
  ) -> Bool {
    switch part {
    case .header(let index):
      let message: MessageHead? = field.isResponse ? response : request
      guard let head = message, let found = head.index(of: headers[index]) else { return false }
      bytes.append(json: head.value(at: found).extracting(first: field.maxBytes))
      return true
    case .method: return append(record.requestLine.methodText, field)
    case .path: return append(record.requestLine.target, field)
    case .authority: return append(record.requestLine.authority, field)
    case .scheme:
      guard record.kind == .http else { return false }
      bytes.append(record.isSecure ? "https" : "http" as StaticString)
    case .status:
      guard let response else { return false }
      bytes.append(decimal: UInt64(response.status))
    }
    return true
  }

  /// A part of the request line.
  private func append(_ range: ByteRange, _ field: LoggedField) -> Bool {
    append(text: request.text(range).extracting(first: field.maxBytes))
  }
}

extension MessageHead {
  /// The first field of that name, removed ones too; nil when there is none.
  fileprivate func index(of header: LoggedHeader) -> Int? {
    if header.known != .other { return firstIndex(of: header.known) }
    for index in 0..<fieldCount where field(at: index).known == .other {
      if name(at: index).equalsIgnoringCase(header.name.span) { return index }
    }
    return nil
  }
}
