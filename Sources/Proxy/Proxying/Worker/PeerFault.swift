import HTTP2
import Platform
import TLS

/// What a peer did wrong, for which its connection or its request ended.
enum PeerFault {
  case tls(TLSFault)
  case flood(HTTP2Flood)
  case http2(HTTP2ConnectionFault)
  case noFilterChain
  case slowRequest

  /// What is told in one line.
  enum Kind: Hashable {
    case tls(TLSFault.Cause)
    case flood(HTTP2Flood)
    case http2
    case noFilterChain
    case slowRequest
  }

  var kind: Kind {
    switch self {
    case .tls(let fault): .tls(fault.cause)
    case .flood(let flood): .flood(flood)
    case .http2: .http2
    case .noFilterChain: .noFilterChain
    case .slowRequest: .slowRequest
    }
  }

  /// Connections that are simply cut are everyday life where clients come from everywhere.
  var level: LogLevel {
    switch self {
    case .tls(.truncated), .tls(.socket), .noFilterChain: .info
    case .tls, .flood, .http2, .slowRequest: .warning
    }
  }

  /// What became of that many connections or requests.
  func summary(_ count: Int) -> String {
    switch self {
    case .tls(let fault): "\(count) TLS connections failed (\(fault.cause.name))"
    case .flood(let flood): "\(count) HTTP/2 connections closed for floods (\(flood.cause))"
    case .http2: "\(count) HTTP/2 connections failed"
    case .noFilterChain: "\(count) connections closed that no filter chain matches"
    case .slowRequest: "\(count) requests came too slowly and were given up"
    }
  }

  /// A sentence on the last of them; nil: there is no more to say.
  var detail: String? {
    switch self {
    case .tls(let fault): fault.description
    case .http2(let fault): "\(fault)"
    case .flood, .noFilterChain, .slowRequest: nil
    }
  }
}
