import HTTPModel

/// Finds which of many names equals some bytes, in time that does not depend on how many names there
/// are. Immutable.
struct NameTable: Sendable {
  private struct Slot {
    var hash: UInt32
    /// -1: free.
    var value: Int32
    var name: ByteRange
  }

  private var slots: [Slot] = []
  private var mask = 0

  private let ignoresCase: Bool

  /// - Parameters:
  ///   - names: each once, with what it stands for; in lower case when case is ignored.
  ///   - text: the bytes of the names.
  init(_ names: [(name: ByteRange, value: Int)], text: [UInt8], ignoresCase: Bool) {
    self.ignoresCase = ignoresCase
    guard !names.isEmpty else { return }
    var capacity = 8
    while capacity < names.count * 2 { capacity *= 2 }
    slots = .init(repeating: .init(hash: 0, value: -1, name: .empty), count: capacity)
    mask = capacity - 1
    for entry in names {
      let hash = ByteHash.folded(text.span.extracting(entry.name.indices))
      var position = Int(truncatingIfNeeded: hash &>> 32) & mask
      while slots[position].value >= 0 { position = (position + 1) & mask }
      slots[position] = .init(
        hash: UInt32(truncatingIfNeeded: hash), value: Int32(entry.value), name: entry.name)
    }
  }

  /// What `name` stands for; nil when it is none of the names.
  func find(_ name: borrowing Span<UInt8>, _ program: RouteProgram) -> Int? {
    guard !slots.isEmpty else { return nil }
    let hash = ByteHash.folded(name)
    var position = Int(truncatingIfNeeded: hash &>> 32) & mask
    while slots[position].value >= 0 {
      let slot = slots[position]
      if slot.hash == UInt32(truncatingIfNeeded: hash),
        isSame(name, program.text(slot.name))
      {
        return Int(slot.value)
      }
      position = (position &+ 1) & mask
    }
    return nil
  }

  private func isSame(_ name: borrowing Span<UInt8>, _ known: borrowing Span<UInt8>) -> Bool {
    ignoresCase ? name.isEqual(toLowercase: known) : name.isEqual(to: known)
  }
}
