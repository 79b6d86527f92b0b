/// Header names the proxy acts on or looks up often. A name is classified once, when it is decoded.
public enum KnownHeader: UInt8, CaseIterable, Sendable {
  case other = 0
  case host
  case connection
  case contentLength
  case transferEncoding
  case keepAlive
  case proxyConnection
  case te
  case trailer
  case upgrade
  case expect
  case traceparent
  case tracestate
  case xRequestID
  case xForwardedFor
  case xForwardedProto
  case via
  case server
  case date
  case location
  case cookie
  case contentType
  case userAgent
  case referer
  case authorization
  case setCookie
  case cacheControl
  case forwarded
  case xForwardedHost
  case xForwardedPort
  case xForwardedClientCert

  /// The canonical lower-case name; empty for `other`.
  public var name: StaticString {
    switch self {
    case .other: ""
    case .host: "host"
    case .connection: "connection"
    case .contentLength: "content-length"
    case .transferEncoding: "transfer-encoding"
    case .keepAlive: "keep-alive"
    case .proxyConnection: "proxy-connection"
    case .te: "te"
    case .trailer: "trailer"
    case .upgrade: "upgrade"
    case .expect: "expect"
    case .traceparent: "traceparent"
    case .tracestate: "tracestate"
    case .xRequestID: "x-request-id"
    case .xForwardedFor: "x-forwarded-for"
    case .xForwardedProto: "x-forwarded-proto"
    case .via: "via"
    case .server: "server"
    case .date: "date"
    case .location: "location"
    case .cookie: "cookie"
    case .contentType: "content-type"
    case .userAgent: "user-agent"
    case .referer: "referer"
    case .authorization: "authorization"
    case .setCookie: "set-cookie"
    case .cacheControl: "cache-control"
    case .forwarded: "forwarded"
    case .xForwardedHost: "x-forwarded-host"
    case .xForwardedPort: "x-forwarded-port"
    case .xForwardedClientCert: "x-forwarded-client-cert"
    }
  }
}
