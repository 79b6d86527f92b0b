import MeshModel
import Synchronization

/// Those who want to hear of each new mesh.
final class MeshWatches: Sendable {
  private let continuations = Mutex<[UInt64: AsyncStream<MeshSnapshot>.Continuation]>([:])
  private let nextID = Mutex<UInt64>(0)

  /// Begins a watch with the current mesh. One element waits at most: a newer one takes its place.
  func add(current: () -> MeshSnapshot) -> AsyncStream<MeshSnapshot> {
    let (stream, continuation) = AsyncStream.makeStream(
      of: MeshSnapshot.self, bufferingPolicy: .bufferingNewest(1))
    let id = nextID.withLock { next in
      next += 1
      return next
    }
    continuations.withLock { continuations in
      continuations[id] = continuation
      continuation.yield(current())
    }
    continuation.onTermination = { [weak self] _ in
      self?.continuations.withLock { $0[id] = nil }
    }
    return stream
  }

  func publish(_ snapshot: MeshSnapshot) {
    continuations.withLock { continuations in
      for continuation in continuations.values { continuation.yield(snapshot) }
    }
  }

  func finish() {
    let all = continuations.withLock { $0.values.map { $0 } }
    for continuation in all { continuation.finish() }
  }
}
