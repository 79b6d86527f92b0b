import Memory

/// The exchanges of a worker that carry no request, kept for those to come. Owning worker only.
final class ExchangePool {
  /// Kept for reuse at least; as many more as the last second needed.
  private static let minSpares = 16

  private let buffers: BufferPool
  private var spares: [Exchange] = []
  /// How many of them nobody took since the last sweep.
  private var unusedCount = 0

  /// - Parameter buffers: they count the memory that comes free.
  init(_ buffers: BufferPool) { self.buffers = buffers }

  /// One that is to begin.
  func take(for worker: Worker) -> Exchange {
    guard let spare = spares.popLast() else {
      unusedCount = 0
      return Exchange(worker: worker)
    }
    unusedCount = min(unusedCount, spares.count)
    return spare
  }

  /// Ends an exchange, of which no word is said.
  func recycle(_ exchange: Exchange) {
    exchange.end()
    if exchange.hasGrown { free(exchange) } else { spares.append(exchange) }
  }

  /// Lets go of those that nobody needed lately.
  func freeUnused() {
    let surplus = min(unusedCount, spares.count - Self.minSpares)
    for _ in 0..<max(surplus, 0) { free(spares.removeLast()) }
    unusedCount = spares.count
  }

  private func free(_ exchange: Exchange) { buffers.freedBytes += exchange.memoryBytes }
}
