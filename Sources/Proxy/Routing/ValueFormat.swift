import Config
import HTTPModel
import Memory
import Platform

/// A compiled header value: literals and command operators (`FormatString`).
struct ValueFormat: Sendable {
  var parts: ElementRange

  /// The configuration asks for an empty value (`keep_empty_value`).
  var isEmptyLiteral: Bool { parts.isEmpty }

  /// Appends the value; an operator without a value appends nothing.
  func write(to bytes: ByteBuffer, _ exchange: FormatSubject) {
    for index in parts.indices { exchange.program.formatParts[index].write(to: bytes, exchange) }
  }
}

/// What command operators may ask about.
struct FormatSubject {
  let program: RouteProgram
  let route: Route
  let request: RequestHead
  let origin: RequestOrigin
  let selection: ClusterSelection?
  /// nil while the request is changed.
  var response: ResponseHead?
  /// The endpoint that answered; nil when none did.
  var upstream: SocketAddress?
}

/// One piece of a header value.
enum FormatPart: Sendable {
  case literal(ByteRange)
  case value(CommandOperator)
  case field(FieldReference)

  /// A field by name, another one where it is missing, cut to a length.
  struct FieldReference: Sendable {
    var isResponse: Bool
    var name: ReferencedName
    var other: ReferencedName?
    /// Bytes; `Int.max`: all.
    var maxBytes: Int
  }
  enum ReferencedName: Sendable {
    case field(FieldName)
    case method, path, authority, scheme, status
  }
}

extension FormatPart {
  func write(to bytes: ByteBuffer, _ exchange: FormatSubject) {
    switch self {
    case .literal(let range): bytes.append(exchange.program.text(range))
    case .value(let value): exchange.write(value, to: bytes)
    case .field(let reference): reference.write(to: bytes, exchange)
    }
  }
}

extension FormatSubject {
  fileprivate func write(_ value: CommandOperator, to bytes: ByteBuffer) {
    switch value {
    case .downstreamRemoteAddress: bytes.append(origin.remoteAddress)
    case .downstreamRemoteHost: bytes.append(host: origin.remoteAddress)
    case .downstreamRemotePort: bytes.append(decimal: UInt64(origin.remoteAddress.port))
    case .downstreamLocalAddress: bytes.append(origin.localAddress)
    case .downstreamLocalHost: bytes.append(host: origin.localAddress)
    case .downstreamLocalPort: bytes.append(decimal: UInt64(origin.localAddress.port))
    case .protocolName: bytes.append(request.version.name)
    case .responseCode: if let response { bytes.append(decimal: UInt64(response.status)) }
    case .upstreamCluster: route.writeClusterName(selection, request, to: bytes)
    case .upstreamHost: if let upstream { bytes.append(upstream) }
    case .routeName: bytes.append(route.name)
    case .hostName: preconditionFailure("compiled to a literal")
    case .startTime, .duration, .requestDuration, .responseDuration, .responseTxDuration,
      .responseFlags, .responseCodeDetails, .bytesReceived, .bytesSent, .upstreamLocalAddress,
      .upstreamAttemptCount, .upstreamServiceTime, .downstreamDirectAddress,
      .downstreamDirectHost, .traceID, .spanID, .tlsVersion, .tlsCipher, .requestedServerName,
      .peerSubject, .peerIssuer, .peerSerial, .peerFingerprint, .peerURINames, .peerDNSNames:
      preconditionFailure("not accepted in headers")
    }
  }
}

extension FormatPart.FieldReference {
  fileprivate func write(to bytes: ByteBuffer, _ exchange: FormatSubject) {
    let message: MessageHead? = isResponse ? exchange.response : exchange.request
    guard let head = message else { return }
    let start = bytes.count
    var found = name.write(to: bytes, head, exchange)
    if !found, let other { found = other.write(to: bytes, head, exchange) }
    if found, bytes.count &- start > maxBytes { bytes.truncate(to: start &+ maxBytes) }
  }
}

extension FormatPart.ReferencedName {
  /// False when the head has no such value.
  fileprivate func write(
    to bytes: ByteBuffer, _ head: MessageHead, _ exchange: FormatSubject
  ) -> Bool {
    let program = exchange.program
    let request = exchange.request
    switch self {
    case .field(let name):
      let text = program.text(name.text)
      guard let index = head.nextIndex(of: name.known, name: text, from: 0) else { return false }
      bytes.append(head.value(at: index))
    case .method: bytes.append(request.text(request.methodText))
    case .path: bytes.append(request.text(request.target))
    case .authority: bytes.append(request.text(request.authority))
    case .scheme:
      bytes.append(program.text(exchange.origin.isSecure ? program.https : program.http))
    case .status:
      guard let response = exchange.response else { return false }
      bytes.append(decimal: UInt64(response.status))
    }
    return true
  }
}
