import Config
import HTTP1
import HTTP2
import Platform

/// What a cluster's protocol options come to, made ready when they arrive. Replaced as a whole.
struct ClusterRules {
  /// Of responses over HTTP/1.
  let responseLimits: HTTP1Limits
  let http2: HTTP2Settings
  /// nil: no PINGs are sent.
  let keepAlive: HTTP2OptionsConfig.KeepAlive?
  /// Of requests over HTTP/1.
  let nameForm: HTTP1OptionsConfig.NameForm
  /// How long an attempt may take, in milliseconds; `UInt64.max` for ever.
  let attemptMilliseconds: UInt64
  /// How long a connection takes new exchanges, in milliseconds; `UInt64.max` for ever.
  let connectionMilliseconds: UInt64
  /// As many exchanges one connection carries.
  let maxRequests: Int

  init(_ config: ClusterConfig) {
    responseLimits = HTTP1Limits(
      maxHeadBytes: config.maxHeadBytes, maxHeaderCount: config.maxHeaderCount)
    var http2 = HTTP2Settings(config.http2Options)
    http2.maxHeadBytes = responseLimits.maxHeadBytes
    http2.maxHeaderCount = responseLimits.maxHeaderCount
    if config.http2Options.connectionWindowBytes == nil { http2.letNoStreamStarve() }
    self.http2 = http2
    keepAlive = config.http2Options.keepAlive
    nameForm = config.http1.nameForm
    attemptMilliseconds = config.maxStreamDuration?.wholeMilliseconds ?? .max
    connectionMilliseconds = config.maxConnectionDuration?.wholeMilliseconds ?? .max
    maxRequests = config.maxRequestsPerConnection ?? .max
  }
}

extension HTTP2Settings {
  /// Lets the connection's window be so wide that streams which nobody reads leave the others room: what
  /// those hold may fill one half, and the other may be used up before the peer is told that it is free.
  fileprivate mutating func letNoStreamStarve() {
    let streams = Int(maxConcurrentStreams) * Int(streamWindowBytes)
    connectionWindowBytes = max(connectionWindowBytes, Int32(clamping: 2 * streams))
  }
}

extension ClusterConfig {
  /// HTTP/2 as it is spoken where it is.
  fileprivate var http2Options: HTTP2OptionsConfig {
    switch httpProtocol {
    case .http1: HTTP2OptionsConfig()
    case .http2(let options), .asDownstream(let options), .auto(let options): options
    }
  }
}
