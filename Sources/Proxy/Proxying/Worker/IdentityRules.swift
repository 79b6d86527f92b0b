import Config
import Routing

/// What a connection manager does with the heads that pass it, made ready when it is configured.
final class IdentityRules {
  /// nil: paths are left as they are.
  let paths: PathPolicy?
  let acceptsHTTP10: Bool
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
  /// Empty: no `via` is added.
  let via: [UInt8]

  init(_ config: HTTPConnectionManagerConfig) {
    paths = PathPolicy(config)
    acceptsHTTP10 = config.acceptHTTP10
    dropsPort = config.stripAnyHostPort
    generatesRequestID = config.generateRequestID
    usesRemoteAddress = config.useRemoteAddress
    appendsForwardedFor = config.appendsForwardedFor
    trustedHops = config.xffTrustedHops
    serverName = Array(config.serverName.utf8)
    keepsServer = config.keepsServer
    via = Array(config.via.utf8)
  }
}
