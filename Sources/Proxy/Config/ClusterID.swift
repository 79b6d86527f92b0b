/// A cluster's name as a small integer, so that a worker finds a cluster by one array access.
public struct ClusterID: Hashable, Sendable {
  public let raw: UInt32

  @inlinable
  public init(raw: UInt32) { self.raw = raw }

  /// Where the cluster stands in a worker's array.
  @inlinable public var index: Int { Int(raw) }
}

/// Gives each cluster name its number. Numbers count from 0 and are never given to another name, so
/// that an exchange begun under an older snapshot still means the same cluster. Control thread only.
public struct ClusterNames {
  private var ids: [String: ClusterID] = [:]
  private var names: [String] = []

  public init() {}

  /// Names seen so far; every id's index is below.
  public var count: Int { names.count }

  /// The number of `name`; a new one when it was never seen.
  public mutating func id(for name: String) -> ClusterID {
    if let known = ids[name] { return known }
    let id = ClusterID(raw: UInt32(names.count))
    ids[name] = id
    names.append(name)
    return id
  }

  public func name(of id: ClusterID) -> String { names[id.index] }
}
