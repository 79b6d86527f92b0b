/// What the operator chose for every proxy when starting the control plane.
public struct TranslationOptions: Sendable {
  /// Where spans are sent, OTLP over HTTP; nil for no tracing.
  public var collector: TraceCollector?
  /// Share of traces begun here that are recorded, from 0 to 1.
  public var traceRatio: Double
  /// Whether proxies write a JSON access log to standard output.
  public var hasAccessLog: Bool

  public init(
    collector: TraceCollector? = nil, traceRatio: Double = 1, hasAccessLog: Bool = false
  ) {
    self.collector = collector
    self.traceRatio = traceRatio
    self.hasAccessLog = hasAccessLog
  }
}

/// An OTLP receiver, from a URL such as `http://127.0.0.1:4318`.
public struct TraceCollector: Sendable {
  public let url: String
  public let host: String
  public let port: UInt16

  /// - Returns: nil unless the text is `http://HOST[:PORT][/PATH]`; the path is `/v1/traces` when
  ///   none is given, the port 4318.
  public init?(_ text: String) {
    guard text.hasPrefix("http://") else { return nil }
    let rest = text.dropFirst("http://".count)
    let authority = rest.prefix { $0 != "/" }
    let path = rest.dropFirst(authority.count)
    guard let (host, port) = Self.split(authority) else { return nil }
    self.host = host
    self.port = port
    url = "http://\(authority)" + (path.isEmpty || path == "/" ? "/v1/traces" : String(path))
  }

  /// Host and port of `HOST`, `HOST:PORT`, `[IPv6]` and `[IPv6]:PORT`.
  private static func split(_ authority: Substring) -> (String, UInt16)? {
    var host = authority
    var port: UInt16 = 4318
    if let colon = authority.lastIndex(of: ":"), !authority[colon...].contains("]") {
      guard let number = UInt16(authority[authority.index(after: colon)...]) else { return nil }
      port = number
      host = authority[..<colon]
    }
    if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
    return host.isEmpty ? nil : (String(host), port)
  }

  /// Whether the host is an address, so that no name has to be looked up.
  var isAddress: Bool {
    let parts = host.split(separator: ".", omittingEmptySubsequences: false)
    return host.contains(":") || (parts.count == 4 && parts.allSatisfy { UInt8($0) != nil })
  }
}
