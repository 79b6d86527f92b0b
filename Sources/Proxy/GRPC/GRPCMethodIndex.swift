import HTTPModel

/// Paths of calls, each with a number, counted from 0. Looking one up allocates nothing and looks at no
/// more paths than there are, whatever clients choose. A value.
public struct GRPCMethodIndex: Sendable {
  /// Numbers by hash, -1 where there is none; twice as many as paths at least.
  private var slots: [Int32]
  private var paths: [(hash: UInt64, path: [UInt8])] = []
  private let maxCount: Int

  public init(maxCount: Int) {
    self.maxCount = maxCount
    slots = []
  }

  public var isFull: Bool { paths.count >= maxCount }

  /// nil: it has no number.
  public func number(of path: borrowing Span<UInt8>) -> Int? {
    if slots.isEmpty { return nil }
    let hash = Self.hash(path)
    var slot = Int(truncatingIfNeeded: hash) & (slots.count - 1)
    while slots[slot] >= 0 {
      let number = Int(slots[slot])
      if paths[number].hash == hash, Self.isEqual(paths[number].path, path) { return number }
      slot = (slot + 1) & (slots.count - 1)
    }
    return nil
  }

  /// Gives a path that has none the next number. It must not be full.
  public mutating func insert(_ path: [UInt8]) -> Int {
    precondition(!isFull, "no more paths than are allowed")
    let number = paths.count
    paths.append((Self.hash(path.span), path))
    if slots.count < paths.count * 2 { grow() } else { place(number) }
    return number
  }

  private mutating func grow() {
    slots = Array(repeating: -1, count: max(16, slots.count * 2))
    for number in paths.indices { place(number) }
  }

  private mutating func place(_ number: Int) {
    var slot = Int(truncatingIfNeeded: paths[number].hash) & (slots.count - 1)
    while slots[slot] >= 0 { slot = (slot + 1) & (slots.count - 1) }
    slots[slot] = Int32(number)
  }

  /// FNV-1a, mixed once more.
  private static func hash(_ path: borrowing Span<UInt8>) -> UInt64 {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for index in path.indices { hash = (hash ^ UInt64(path[index])) &* 0x100_0000_01B3 }
    return hash ^ hash >> 32
  }

  private static func isEqual(_ known: [UInt8], _ path: borrowing Span<UInt8>) -> Bool {
    known.count == path.count && path.indices.allSatisfy { known[$0] == path[$0] }
  }
}
