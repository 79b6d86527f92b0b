import Config
import HTTP1
import HTTP2
import Platform
import Routing
import Telemetry

/// What a connection manager's configuration comes to, made ready when it arrives. Replaced as a whole.
final class ConnectionManagerRules {
  let limits: HTTP1Limits
  let timeouts: DownstreamTimeouts
  let http2: HTTP2Settings
  /// nil: no bound.
  let maxRequestsPerConnection: Int?
  /// nil: no tracing is configured, and trace headers pass as they are.
  let sampler: TraceSampler?
  /// Failures name their flag and cause in response headers: in a mesh, not at its edge.
  let explainsFailures: Bool

  let upgrades: UpgradePolicy

  // MARK: filters

  let hasFilters: Bool
  let bridgesGRPCWeb: Bool
  /// nil: calls of gRPC are not counted by themselves.
  let grpcStats: GRPCStatsRules?

  // MARK: heads

  /// nil: paths are left as they are.
  let paths: PathPolicy?
  let acceptsHTTP10: Bool
  /// What an HTTP/1.0 request asks for that names no host; empty: each endpoint's own name.
  let defaultHost: [UInt8]
  let underscores: HTTPConnectionManagerConfig.Underscores
  /// Of responses over HTTP/1.
  let nameForm: HTTP1OptionsConfig.NameForm
  let dropsPort: Bool
  let generatesRequestID: Bool
  /// The peer is the client, or the first of our own proxies; else `x-forwarded-for` names the client.
  let usesRemoteAddress: Bool
  let appendsForwardedFor: Bool
  let trustedHops: Int
  /// Empty: the upstream's `server` field passes.
  let serverName: [UInt8]
  /// A `server` field of the upstream's stays.
  let keepsServer: Bool
  let forwardedCertificate: ForwardedCertificateConfig
  /// Empty: no `via` is added.
  let via: [UInt8]

  init(_ listener: ListenerConfig, _ config: HTTPConnectionManagerConfig) {
    limits = HTTP1Limits(
      maxHeadBytes: config.maxRequestHeadBytes, maxHeaderCount: config.maxHeaderCount)
    timeouts = DownstreamTimeouts(config)
    http2 = HTTP2Settings(config)
    maxRequestsPerConnection = config.maxRequestsPerConnection
    sampler = config.tracing.map { TraceSampler(percent: $0.randomSamplingPercent) }
    explainsFailures = listener.trafficDirection != .unspecified
    paths = PathPolicy(config)
    acceptsHTTP10 = config.acceptHTTP10
    defaultHost = Array(config.defaultHost.utf8)
    underscores = config.underscores
    nameForm = config.http1.nameForm
    dropsPort = config.stripAnyHostPort
    generatesRequestID = config.generateRequestID
    usesRemoteAddress = config.useRemoteAddress
    appendsForwardedFor = config.appendsForwardedFor
    trustedHops = config.xffTrustedHops
    serverName = Array(config.serverName.utf8)
    keepsServer = config.keepsServer
    forwardedCertificate = config.forwardedCertificate
    via = Array(config.via.utf8)
    upgrades = UpgradePolicy(config.upgrades)
    bridgesGRPCWeb = config.bridgesGRPCWeb
    grpcStats = config.grpcStats.map { GRPCStatsRules($0) }
    hasFilters = bridgesGRPCWeb || grpcStats != nil
  }

  func isLastRequest(_ count: Int) -> Bool { maxRequestsPerConnection.map { count >= $0 } ?? false }
}

/// How long a client's connection may wait, in milliseconds; `UInt64.max` for ever.
struct DownstreamTimeouts {
  let idle: UInt64
  let head: UInt64
  let stream: UInt64
  /// Of a whole exchange, where its route says nothing of it.
  let call: UInt64
  let request: UInt64
  let connection: UInt64
  let drain: UInt64
  let delayedClose: UInt64

  init(_ config: HTTPConnectionManagerConfig) {
    idle = config.idleTimeout?.wholeMilliseconds ?? .max
    head = config.requestHeadersTimeout?.wholeMilliseconds ?? .max
    stream = config.streamIdleTimeout?.wholeMilliseconds ?? .max
    call = config.maxStreamDuration?.wholeMilliseconds ?? .max
    request = config.requestTimeout?.wholeMilliseconds ?? .max
    connection = config.maxConnectionDuration?.wholeMilliseconds ?? .max
    drain = config.drainTimeout.wholeMilliseconds
    delayedClose = config.delayedCloseTimeout.wholeMilliseconds
  }
}

extension HTTP2Settings {
  fileprivate init(_ config: HTTPConnectionManagerConfig) {
    self.init(config.http2)
    maxHeadBytes = config.maxRequestHeadBytes
    maxHeaderCount = config.maxHeaderCount
  }

  /// What is announced to clients and endpoints alike.
  init(_ config: HTTP2OptionsConfig) {
    self.init()
    maxConcurrentStreams = config.maxConcurrentStreams
    streamWindowBytes = config.streamWindowBytes
    connectionWindowBytes = config.connectionWindowBytes ?? connectionWindowBytes
    headerTableBytes = config.headerTableBytes
    allowsConnect = config.allowsConnect
  }
}
