import MeshModel
import MeshTranslate
import Synchronization

/// Translations of the newest mesh, one for all proxies that are to have the same.
final class SnapshotCache: Sendable {
  /// Most translations of one mesh that are kept: proxies tell what theirs depends on, and may tell
  /// ever new things.
  static let capacity = 64

  private struct Entries {
    var revision: UInt64 = 0
    var resources: [ProxyProfile: ResourceSnapshot] = [:]
  }

  private let translation: MeshTranslation
  private let entries = Mutex(Entries())

  init(_ translation: MeshTranslation) {
    self.translation = translation
  }

  /// How many translations are kept.
  var count: Int { entries.withLock(\.resources.count) }

  func resources(of snapshot: MeshSnapshot, for profile: ProxyProfile) -> ResourceSnapshot {
    let isNodeNamed = snapshot.mesh.xdsResources.contains { !$0.selector.nodes.isEmpty }
    var key = profile
    if !isNodeNamed { key.node = "" }
    return entries.withLock { entries in
      if entries.revision != snapshot.revision {
        entries = Entries(revision: snapshot.revision)
      }
      if let found = entries.resources[key] { return found }
      let made = translation.resources(of: snapshot, for: profile)
      if entries.resources.count == Self.capacity { entries.resources = [:] }
      entries.resources[key] = made
      return made
    }
  }
}
