/// Follows length-prefixed messages through a stream of bytes, however it is cut and whatever they say of
/// their length; nothing of them is kept. A value. Source: gRPC over HTTP2, Length-Prefixed-Message.
public struct GRPCFrameScanner: Sendable {
  private static let prefixBytes = 5

  /// Bytes of the prefix that were seen; all of them: its message is under way.
  private var prefixCount = 0
  /// Bytes of the message that are still to come.
  private var rest: UInt32 = 0
  /// Messages begun.
  public private(set) var messageCount: UInt64 = 0

  public init() {}

  /// No message is under way.
  public var isBetweenMessages: Bool { prefixCount == 0 }

  /// Goes on to the end of the message that is under way, or begins.
  /// - Returns: the offset behind its last byte, or behind the last one there is.
  public mutating func advance(_ bytes: borrowing Span<UInt8>, from start: Int) -> Int {
    var offset = start
    while offset < bytes.count, prefixCount < Self.prefixBytes {
      take(bytes[offset])
      offset += 1
    }
    let count = min(Int(rest), bytes.count - offset)
    rest -= UInt32(count)
    if prefixCount == Self.prefixBytes, rest == 0 { prefixCount = 0 }
    return offset + count
  }

  /// Goes on to the end of the bytes.
  public mutating func skip(_ bytes: borrowing Span<UInt8>) {
    var offset = 0
    while offset < bytes.count { offset = advance(bytes, from: offset) }
  }

  private mutating func take(_ byte: UInt8) {
    if prefixCount == 0 {
      messageCount &+= 1
      rest = 0
    } else {
      rest = rest << 8 | UInt32(byte)
    }
    prefixCount += 1
  }
}
