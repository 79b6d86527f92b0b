import Platform

/// Earliest deadline first: items take turns in proportion to their weights, spread evenly in time
/// rather than in bursts. A pick costs O(log n).
struct DeadlineScheduler {
  private struct Entry {
    var deadline: Double
    let item: UInt32

    /// Equal deadlines go in the items' order, so that picks repeat from run to run.
    func precedes(_ other: Entry) -> Bool {
      deadline < other.deadline || (deadline == other.deadline && item < other.item)
    }
  }

  /// A binary heap, the earliest first.
  private var heap: [Entry] = []

  /// - Parameters:
  ///   - count: items are numbered from 0.
  ///   - weight: an item's weight; an item of weight 0 is never picked.
  ///   - random: gives each item its phase, so that workers do not march in step and a schedule
  ///     rebuilt after every few picks still reaches the light items.
  init(count: Int, random: inout FastRandom, weight: (Int) -> Double) {
    heap.reserveCapacity(count)
    for item in 0..<count {
      let weight = weight(item)
      guard weight > 0 else { continue }
      heap.append(.init(deadline: random.nextFraction() / weight, item: UInt32(item)))
    }
    for position in stride(from: heap.count / 2 - 1, through: 0, by: -1) { sink(position) }
  }

  var isEmpty: Bool { heap.isEmpty }

  /// The item whose turn it is; `weight` says when its next turn comes.
  mutating func next(weight: (Int) -> Double) -> Int {
    let item = Int(heap[0].item)
    heap[0].deadline += 1 / weight(item)
    sink(0)
    return item
  }

  private mutating func sink(_ start: Int) {
    let moving = heap[start]
    var position = start
    while true {
      var child = 2 * position + 1
      guard child < heap.count else { break }
      if child + 1 < heap.count, heap[child + 1].precedes(heap[child]) { child += 1 }
      guard heap[child].precedes(moving) else { break }
      heap[position] = heap[child]
      position = child
    }
    heap[position] = moving
  }
}
