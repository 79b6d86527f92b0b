import Synchronization

/// A number one thread writes and any thread may read.
/// Writing is a plain load and store: no locked instruction, and no lost update, since each cell has
/// one writer. Gauges go down by adding the two's complement; sums over workers wrap back.
public struct Counter: ~Copyable, Sendable {
  @usableFromInline let cell = Atomic<UInt64>(0)

  @inlinable public init() {}

  /// Writing thread only.
  @inlinable
  public func add(_ n: UInt64 = 1) {
    cell.store(cell.load(ordering: .relaxed) &+ n, ordering: .relaxed)
  }

  /// Writing thread only; for gauges.
  @inlinable
  public func subtract(_ n: UInt64 = 1) {
    cell.store(cell.load(ordering: .relaxed) &- n, ordering: .relaxed)
  }

  /// Writing thread only; for gauges that are measured rather than counted.
  @inlinable
  public func set(_ n: UInt64) { cell.store(n, ordering: .relaxed) }

  @inlinable public var value: UInt64 { cell.load(ordering: .relaxed) }
}

/// Responses by the hundreds of their status, 1xx to 5xx.
public struct StatusClassCounters: ~Copyable, Sendable {
  @usableFromInline let cells: InlineArray<5, Counter>

  public init() { cells = InlineArray { _ in Counter() } }

  /// Counts one response; a status outside 100 to 599 is no response.
  @inlinable
  public func count(status: Int) {
    guard status >= 100, status < 600 else { return }
    cells[status / 100 &- 1].add()
  }

  /// - Parameter hundreds: 1 to 5.
  public func value(ofClass hundreds: Int) -> UInt64 { cells[hundreds - 1].value }
}

/// Exchanges by response flag.
public struct ResponseFlagCounters: ~Copyable, Sendable {
  @usableFromInline let cells: InlineArray<32, Counter>

  public init() { cells = InlineArray { _ in Counter() } }

  /// Counts one exchange under each of its flags; nothing to do for most exchanges.
  @inlinable
  public func count(_ flags: ResponseFlags) {
    var rest = flags.rawValue
    while rest != 0 {
      cells[rest.trailingZeroBitCount & 31].add()
      rest &= rest &- 1
    }
  }

  /// - Parameter bit: position of the flag in `ResponseFlags`.
  public func value(ofBit bit: Int) -> UInt64 { cells[bit].value }
}
