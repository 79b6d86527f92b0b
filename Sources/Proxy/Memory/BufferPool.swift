/// One worker's spare buffers. A connection holds buffers only while bytes are under way, so that
/// an idle one costs next to nothing. Owning worker only.
public final class BufferPool {
  /// Room a buffer starts with, in bytes.
  public let bufferCapacity: Int
  private let maxSpare: Int
  private var spare: [ByteBuffer] = []
  /// Memory that was freed since the owner last set it to 0.
  public var freedBytes = 0

  /// - Parameters:
  ///   - bufferCapacity: bytes per buffer.
  ///   - maxSpare: buffers kept for reuse; more are freed.
  public init(bufferCapacity: Int = 16 * 1024, maxSpare: Int = 64) {
    self.bufferCapacity = bufferCapacity
    self.maxSpare = maxSpare
  }

  /// An empty buffer, reused where one is spare.
  public func acquire() -> ByteBuffer { spare.popLast() ?? ByteBuffer(capacity: bufferCapacity) }

  /// The buffer that is held, or else one acquired to be.
  public func hold(_ held: inout ByteBuffer?) -> ByteBuffer {
    if let held { return held }
    let buffer = acquire()
    held = buffer
    return buffer
  }

  /// Takes a buffer back. What it held is dropped; one that grew is freed.
  public func release(_ buffer: consuming ByteBuffer) {
    guard spare.count < maxSpare, buffer.capacity == bufferCapacity else {
      freedBytes += buffer.capacity
      return
    }
    buffer.clear()
    spare.append(buffer)
  }
}
