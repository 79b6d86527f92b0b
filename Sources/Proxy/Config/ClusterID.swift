/// A cluster's name as a small handle, so that a worker finds a cluster by one array access. A handle
/// to a name that was released finds nothing.
public struct ClusterID: Hashable, Sendable {
  @usableFromInline let slot: UInt32
  /// How many names had the slot before.
  @usableFromInline let generation: UInt32

  @inlinable
  public init(slot: UInt32, generation: UInt32 = 0) {
    self.slot = slot
    self.generation = generation
  }

  /// Where the cluster stands in a worker's array.
  @inlinable public var index: Int { Int(slot) }
}

/// Gives each cluster name its handle. A released name's slot goes to another name with the next
/// generation, so that an exchange begun before never means that other cluster. Control thread only.
public struct ClusterNames {
  private var ids: [String: ClusterID] = [:]
  /// Of each slot, as it is or will be next.
  private var generations: [UInt32] = []
  private var freeSlots: [UInt32] = []

  public init() {}

  /// The names that have a handle.
  public var all: [String: ClusterID] { ids }

  /// Slots in use or free; every handle's index is below.
  public var slotCount: Int { generations.count }

  /// The handle of `name`; nil when it has none.
  public subscript(name: String) -> ClusterID? { ids[name] }

  /// The handle of `name`; a new one when it has none.
  public mutating func id(for name: String) -> ClusterID {
    if let known = ids[name] { return known }
    let slot = freeSlots.popLast() ?? UInt32(generations.count)
    if Int(slot) == generations.count { generations.append(0) }
    let id = ClusterID(slot: slot, generation: generations[Int(slot)])
    ids[name] = id
    return id
  }

  /// Takes the handle of `name` away. Who keeps it finds nothing by it.
  public mutating func release(_ name: String) {
    guard let id = ids.removeValue(forKey: name) else { return }
    generations[id.index] &+= 1
    freeSlots.append(id.slot)
  }
}
