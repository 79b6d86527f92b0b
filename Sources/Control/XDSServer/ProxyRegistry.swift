import Foundation
import MeshModel
import MeshTranslate
import Synchronization

/// The proxies that have a stream open right now.
public final class ProxyRegistry: Sendable {
  private let streams = Mutex<[ObjectIdentifier: ProxyStream]>([:])

  public init() {}

  /// One entry per stream, in the order of node ids.
  public var statuses: [ProxyStatus] {
    streams.withLock { Array($0.values) }.map(\.status)
      .sorted { ($0.node, $0.connectedSince) < ($1.node, $1.connectedSince) }
  }

  func insert(_ stream: ProxyStream) {
    streams.withLock { $0[ObjectIdentifier(stream)] = stream }
  }

  func remove(_ stream: ProxyStream) {
    streams.withLock { $0[ObjectIdentifier(stream)] = nil }
  }
}

/// One open stream: who it is, and how far it is. Its state is changed by the stream's own task only.
final class ProxyStream: Sendable {
  let profile: ProxyProfile
  let peer: String
  let connectedSince = Date()
  let state: Mutex<StreamState>

  init(profile: ProxyProfile, peer: String, resources: ResourceSnapshot) {
    self.profile = profile
    self.peer = peer
    state = Mutex(StreamState(resources))
  }

  var status: ProxyStatus {
    ProxyStatus(
      node: profile.node, cluster: profile.cluster, role: profile.role.rawValue,
      connectedSince: connectedSince.formatted(.iso8601), peer: peer,
      types: state.withLock(\.status))
  }
}
