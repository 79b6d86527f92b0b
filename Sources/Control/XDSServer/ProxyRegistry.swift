import Foundation
import MeshModel
import MeshTranslate
import Synchronization

/// The proxies that have a stream open right now.
public final class ProxyRegistry: Sendable {
  /// How many refused proxies are remembered.
  static let maxRefusals = 32

  private let streams = Mutex<[ObjectIdentifier: ProxyStream]>([:])
  private let refused = Mutex<[ProxyRefusal]>([])

  public init() {}

  /// One entry per stream, in the order of node ids.
  public var statuses: [ProxyStatus] {
    let statuses = streams.withLock { Array($0.values) }.map(\.status)
      .sorted { ($0.node, $0.connectedSince) < ($1.node, $1.connectedSince) }
    let peers = Dictionary(grouping: statuses, by: \.node).mapValues { $0.map(\.peer) }
    return statuses.map { status in
      var status = status
      for peer in peers[status.node] ?? [] where peer != status.peer {
        status.warnings.append("\(peer) is connected with the same node.id, which is to be unique")
      }
      return status
    }
  }

  /// The proxies that were refused and have not been served since, the latest last.
  public var refusals: [ProxyRefusal] { refused.withLock(\.self) }

  func refuse(node: String, peer: String, cause: String) {
    let refusal = ProxyRefusal(
      node: String(node.prefix(256)), peer: peer, cause: cause, at: Date().formatted(.iso8601))
    refused.withLock { refused in
      refused.removeAll { $0.node == refusal.node && $0.cause == cause }
      refused.append(refusal)
      refused = refused.suffix(Self.maxRefusals)
    }
  }

  func insert(_ stream: ProxyStream) {
    refused.withLock { $0.removeAll { $0.node == stream.profile.node } }
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
  /// What of the node's metadata has no effect.
  let warnings: [String]
  let connectedSince = Date()
  let state: Mutex<StreamState>

  init(profile: ProxyProfile, peer: String, warnings: [String], resources: ResourceSnapshot) {
    self.profile = profile
    self.peer = peer
    self.warnings = warnings
    state = Mutex(StreamState(resources))
  }

  var status: ProxyStatus {
    ProxyStatus(
      node: profile.node, cluster: profile.cluster, role: profile.role.rawValue,
      connectedSince: connectedSince.formatted(.iso8601), peer: peer,
      warnings: warnings, types: state.withLock(\.status))
  }
}
