import Memory

extension ByteBuffer {
  /// Less room than this is none: bodies move in pieces worth a system call.
  private static let minimumRoom = 1024
  /// The most that framing adds around one piece of body.
  private static let framingOverhead = 32

  /// Bytes of body that fit with what frames them; 0 for too few to be worth it.
  var room: Int { writableCount < Self.minimumRoom ? 0 : writableCount - Self.framingOverhead }
}
