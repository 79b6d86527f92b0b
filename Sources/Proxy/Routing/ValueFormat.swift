import HTTPModel
import Memory
import Platform

/// A compiled header value: literals and command operators. Source: Envoy's "Custom
/// request/response headers" and "Access logging" command operators, those listed in `FormatPart`.
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
  case downstreamRemoteAddress, downstreamRemoteHost, downstreamRemotePort
  case downstreamLocalAddress, downstreamLocalHost, downstreamLocalPort
  /// `%REQ(NAME?OTHER):LENGTH%`
  case requestField(FieldReference)
  /// `%RESP(NAME?OTHER):LENGTH%`
  case responseField(FieldReference)
  case httpVersion, responseCode, upstreamCluster, upstreamHost, routeName

  /// A field by name, another one where it is missing, cut to a length.
  struct FieldReference: Sendable {
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
    let origin = exchange.origin
    switch self {
    case .literal(let range): bytes.append(exchange.program.text(range))
    case .downstreamRemoteAddress: bytes.append(origin.remoteAddress)
    case .downstreamRemoteHost: bytes.append(host: origin.remoteAddress)
    case .downstreamRemotePort: bytes.append(decimal: UInt64(origin.remoteAddress.port))
    case .downstreamLocalAddress: bytes.append(origin.localAddress)
    case .downstreamLocalHost: bytes.append(host: origin.localAddress)
    case .downstreamLocalPort: bytes.append(decimal: UInt64(origin.localAddress.port))
    case .requestField(let reference): reference.write(to: bytes, exchange.request, exchange)
    case .responseField(let reference):
      if let response = exchange.response { reference.write(to: bytes, response, exchange) }
    case .httpVersion: bytes.append(exchange.request.version.name)
    case .responseCode:
      if let response = exchange.response { bytes.append(decimal: UInt64(response.status)) }
    case .upstreamCluster:
      exchange.route.writeClusterName(exchange.selection, exchange.request, to: bytes)
    case .upstreamHost: if let upstream = exchange.upstream { bytes.append(upstream) }
    case .routeName: bytes.append(exchange.route.name)
    }
  }
}

extension FormatPart.FieldReference {
  fileprivate func write(to bytes: ByteBuffer, _ head: MessageHead, _ exchange: FormatSubject) {
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

extension HTTPVersion {
  fileprivate var name: StaticString {
    switch self {
    case .http10: "HTTP/1.0"
    case .http11: "HTTP/1.1"
    case .http2: "HTTP/2"
    }
  }
}
