import Memory
import Sockets
import TLS

/// One of the two sockets of a relay, with the bytes read from it that the other has not taken yet.
final class RelaySide: StreamSocket {
  /// What one pass moved.
  struct Pass {
    var bytes = 0
    var isBroken = false
    /// It stopped for fairness, not because it had to wait.
    var mayContinue = false
  }

  private static let readsPerPass = 32

  unowned var relay: TCPRelay!
  private var pending: ByteBuffer?
  private var readEnded = false
  private(set) var isBroken = false
  /// This side's last byte, and its end, were given to the other.
  private(set) var isFinished = false

  override func onSocketReady() { relay.onReady(self) }

  override func onTLSFault(_ fault: TLSFault) { relay.onTLSFault(fault, self) }

  /// Reads from this side and writes to `other` until one has to wait.
  func relay(to other: RelaySide, _ buffers: BufferPool) -> Pass {
    var pass = Pass()
    for _ in 0..<Self.readsPerPass {
      guard flush(to: other, &pass), fill(buffers, &pass) else {
        settle(other, buffers)
        return pass
      }
    }
    pass.mayContinue = true
    return pass
  }

  /// Writes what is pending; false when the other side takes no more now.
  private func flush(to other: RelaySide, _ pass: inout Pass) -> Bool {
    guard let pending, !pending.isEmpty else { return true }
    while !pending.isEmpty {
      switch other.send(from: pending) {
      case .moved(let n):
        pending.consume(n)
        pass.bytes += n
      case .wouldBlock: return false
      case .endOfStream, .failed:
        other.isBroken = true
        pass.isBroken = true
        return false
      }
    }
    return true
  }

  /// Reads once; false when there is nothing to read now, or ever.
  private func fill(_ buffers: BufferPool, _ pass: inout Pass) -> Bool {
    guard !readEnded, canRead else { return false }
    let buffer = pending ?? buffers.acquire()
    pending = buffer
    switch receive(into: buffer) {
    case .moved: return true
    case .wouldBlock: return false
    case .endOfStream:
      readEnded = true
      return false
    case .failed:
      isBroken = true
      pass.isBroken = true
      return false
    }
  }

  private func settle(_ other: RelaySide, _ buffers: BufferPool) {
    guard pending?.isEmpty ?? true else { return }
    if let pending { buffers.release(pending) }
    pending = nil
    if readEnded, !isFinished {
      isFinished = true
      other.shutdownWrite()
    }
  }

  func shut(_ buffers: BufferPool) {
    if let pending { buffers.release(pending) }
    pending = nil
    close()
  }
}
