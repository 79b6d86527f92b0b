/// Takes length-prefixed messages out of a stream of bytes, however it is cut.
/// Source: gRPC over HTTP2, Length-Prefixed-Message.
public struct GRPCMessageDecoder: Sendable {
  private static let prefixBytes = 5
  /// Room made ahead of the bytes; a larger claim must be borne out by bytes first.
  private static let maxReservedBytes = 1 << 20

  private let maxMessageBytes: Int
  private var prefix: [UInt8] = []
  private var message: [UInt8] = []
  private var messageCount = 0

  /// - Parameter maxMessageBytes: a message that claims more is a fault.
  public init(maxMessageBytes: Int = 64 << 20) {
    self.maxMessageBytes = maxMessageBytes
    prefix.reserveCapacity(Self.prefixBytes)
  }

  /// The stream's end now would cut a message.
  public var isMidMessage: Bool { !prefix.isEmpty }

  /// Takes the next bytes; gives the messages that they complete, in order.
  /// After a fault the stream is beyond repair.
  public mutating func decode(_ bytes: [UInt8]) throws(GRPCFault) -> [[UInt8]] {
    var messages: [[UInt8]] = []
    var rest = bytes[...]
    while true {
      if prefix.count < Self.prefixBytes {
        let taken = rest.prefix(Self.prefixBytes - prefix.count)
        prefix += taken
        rest = rest.dropFirst(taken.count)
        guard prefix.count == Self.prefixBytes else { return messages }
        try beginMessage()
      }
      let taken = rest.prefix(messageCount - message.count)
      message += taken
      rest = rest.dropFirst(taken.count)
      guard message.count == messageCount else { return messages }
      messages.append(message)
      message = []
      prefix.removeAll(keepingCapacity: true)
    }
  }

  private mutating func beginMessage() throws(GRPCFault) {
    switch prefix[0] {
    case 0: break
    case 1: throw .compressedMessage
    default: throw .unknownFlag(prefix[0])
    }
    messageCount = prefix[1...].reduce(0) { $0 << 8 | Int($1) }
    guard messageCount <= maxMessageBytes else {
      throw .messageTooLarge(byteCount: messageCount, limit: maxMessageBytes)
    }
    message.reserveCapacity(min(messageCount, Self.maxReservedBytes))
  }

  /// A message with its prefix, uncompressed.
  public static func encode(_ message: [UInt8]) -> [UInt8] {
    let count = UInt32(message.count)
    var bytes: [UInt8] = []
    bytes.reserveCapacity(message.count + prefixBytes)
    bytes.append(0)
    for shift in [24, 16, 8, 0] as [UInt32] {
      bytes.append(UInt8(truncatingIfNeeded: count >> shift))
    }
    bytes += message
    return bytes
  }
}
