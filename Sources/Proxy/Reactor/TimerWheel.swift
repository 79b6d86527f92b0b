import Platform

/// An armed timer. Stale after it fired or was disarmed: then it names nothing.
public struct TimerHandle: Equatable, Sendable {
  @usableFromInline let index: UInt32
  @usableFromInline let generation: UInt32
}

/// Timers in four wheels of 64 slots, 8 ms to a tick: arming and disarming cost a few writes, and
/// nothing is allocated once the wheel has grown to its peak. Late by a tick at most, never early.
public struct TimerWheel: ~Copyable {
  static let tickNanoseconds: UInt64 = 8_000_000
  private static let levels = 4
  private static let none = Int32(-1)

  private struct Node {
    var next: Int32
    var previous: Int32
    var slot: Int32
    var generation: UInt32
    var tick: UInt64
    var kind: TimerKind
    var handler: EventHandler?
  }

  private var nodes: [Node] = []
  private var free: [Int32] = []
  private var heads = [Int32](repeating: TimerWheel.none, count: 64 * TimerWheel.levels)
  /// Of each level, a bit for each slot that holds a timer.
  private var occupied = InlineArray<4, UInt64>(repeating: 0)
  /// The last tick whose timers have fired.
  private var current: UInt64
  public private(set) var armedCount = 0

  public init(now: MonotonicInstant) { current = now.nanoseconds / Self.tickNanoseconds }

  // MARK: arming

  /// Calls `handler.onTimer(kind)` once `deadline` has passed. The wheel keeps the handler alive.
  public mutating func arm(
    _ handler: EventHandler, _ kind: TimerKind, at deadline: MonotonicInstant
  ) -> TimerHandle {
    let ceiling = deadline.nanoseconds / Self.tickNanoseconds + 1
    let tick = max(ceiling, current + 1)
    let index: Int32
    if let spare = free.popLast() {
      index = spare
      nodes[Int(index)].tick = tick
      nodes[Int(index)].kind = kind
      nodes[Int(index)].handler = handler
    } else {
      index = Int32(nodes.count)
      nodes.append(
        Node(
          next: Self.none, previous: Self.none, slot: Self.none, generation: 0, tick: tick,
          kind: kind, handler: handler))
    }
    link(index)
    armedCount += 1
    return TimerHandle(index: UInt32(index), generation: nodes[Int(index)].generation)
  }

  /// Forgets a timer; nothing happens when it has fired already.
  public mutating func disarm(_ timer: TimerHandle) {
    let index = Int32(timer.index)
    guard nodes[Int(index)].generation == timer.generation, nodes[Int(index)].handler != nil
    else { return }
    unlink(index)
    release(index)
  }

  // MARK: time passing

  /// Milliseconds until `expire` has something to do; nil when no timer is armed.
  public func millisecondsUntilNext(from now: MonotonicInstant) -> Int64? {
    guard armedCount > 0 else { return nil }
    var soonest = UInt64.max
    for level in occupied.indices where occupied[level] != 0 {
      let shift = UInt64(6 * level)
      // The next slot's bit comes to stand first.
      let next = (current >> shift) + 1
      let slots = occupied[level] >> (next & 63) | occupied[level] << (64 - (next & 63))
      soonest = min(soonest, (next + UInt64(slots.trailingZeroBitCount)) << shift)
    }
    let at = MonotonicInstant(nanoseconds: soonest &* Self.tickNanoseconds)
    return Int64((at.nanoseconds(since: now) + 999_999) / 1_000_000)
  }

  /// Takes the next timer whose time has come; nil when there is none left at `now`.
  public mutating func expireNext(
    now: MonotonicInstant
  ) -> (handler: EventHandler, kind: TimerKind)? {
    let target = now.nanoseconds / Self.tickNanoseconds
    while true {
      let head = heads[Int(current & 63)]
      if head != Self.none {
        let handler = nodes[Int(head)].handler!
        let kind = nodes[Int(head)].kind
        unlink(head)
        release(head)
        return (handler, kind)
      }
      guard current < target else { return nil }
      if armedCount == 0 {
        current = target
        return nil
      }
      current += 1
      cascade()
    }
  }

  /// Where a coarser wheel's slot begins, its timers move to finer ones.
  private mutating func cascade() {
    for level in 1..<Self.levels {
      let shift = UInt64(6 * level)
      guard current & ((1 << shift) - 1) == 0 else { return }
      let slot = level * 64 + Int((current >> shift) & 63)
      var index = heads[slot]
      empty(slot)
      while index != Self.none {
        let next = nodes[Int(index)].next
        link(index)
        index = next
      }
    }
  }

  // MARK: lists

  private mutating func link(_ index: Int32) {
    let tick = nodes[Int(index)].tick
    let distance = tick > current ? tick - current : 0
    var level = 0
    while level < Self.levels - 1, distance >= 1 << UInt64(6 * (level + 1)) { level += 1 }
    let horizon = (UInt64(1) << UInt64(6 * Self.levels)) - 1
    let reachable = distance > horizon ? current + horizon : tick
    let slot = level * 64 + Int((reachable >> UInt64(6 * level)) & 63)
    let head = heads[slot]
    nodes[Int(index)].slot = Int32(slot)
    nodes[Int(index)].previous = Self.none
    nodes[Int(index)].next = head
    if head != Self.none { nodes[Int(head)].previous = index }
    heads[slot] = index
    occupied[slot >> 6] |= 1 << UInt64(slot & 63)
  }

  private mutating func empty(_ slot: Int) {
    heads[slot] = Self.none
    occupied[slot >> 6] &= ~(1 << UInt64(slot & 63))
  }

  private mutating func unlink(_ index: Int32) {
    let node = nodes[Int(index)]
    if node.next != Self.none { nodes[Int(node.next)].previous = node.previous }
    if node.previous != Self.none {
      nodes[Int(node.previous)].next = node.next
    } else if node.next != Self.none {
      heads[Int(node.slot)] = node.next
    } else {
      empty(Int(node.slot))
    }
  }

  private mutating func release(_ index: Int32) {
    nodes[Int(index)].handler = nil
    nodes[Int(index)].generation &+= 1
    free.append(index)
    armedCount -= 1
  }
}
