import HTTPModel
import Memory

/// Encodes a response of gRPC as one of gRPC-Web: its messages, as base64 where the client wants text,
/// and behind them the trailers as a frame of their own. Each message's text ends with it, so that the
/// client can read all of it at once. A value. Source: gRPC Web, Message framing.
public struct GRPCWebEncoder: Sendable {
  /// What a piece may become longer by, beside the double of its length: what waited before it.
  public static let overheadBytes = 8
  /// Flag of a frame that holds trailers.
  private static let trailerFlag: UInt8 = 0x80
  private static let prefixBytes = 5

  public let isText: Bool
  private var frames = GRPCFrameScanner()
  private var base64 = Base64Encoder()

  public init(isText: Bool) { self.isText = isText }

  /// No message is under way: trailers may follow.
  public var isBetweenMessages: Bool { frames.isBetweenMessages }

  /// Takes the next bytes of messages; where the client wants them as they are there is nothing to append.
  public mutating func follow(_ bytes: borrowing Span<UInt8>) { frames.skip(bytes) }

  /// Appends the next bytes of messages as text.
  public mutating func encode(_ bytes: borrowing Span<UInt8>, into output: ByteBuffer) {
    var offset = 0
    while offset < bytes.count {
      let end = frames.advance(bytes, from: offset)
      base64.encode(bytes.extracting(offset..<end), into: output)
      if frames.isBetweenMessages { base64.finish(into: output) }
      offset = end
    }
  }

  /// Appends the frame that ends the response.
  /// - Parameters:
  ///   - frame: empty; where the frame is put together.
  ///   - trailers: nil: there were none.
  ///   - status: for trailers that tell none.
  public mutating func encodeEnd(
    _ trailers: Trailers?, else status: GRPCStatus, _ message: borrowing Span<UInt8>,
    in frame: ByteBuffer, into output: ByteBuffer
  ) {
    frame.append(Self.trailerFlag)
    frame.append(littleEndian: 0, count: 4)
    let hasStatus = trailers.map { Self.append($0, to: frame) } ?? false
    if !hasStatus { Self.append(status, message, to: frame) }
    let count = UInt32(clamping: frame.count - Self.prefixBytes)
    for index in 0..<4 {
      frame.replace(at: 1 + index, with: UInt8(truncatingIfNeeded: count >> UInt32(24 - 8 * index)))
    }
    guard isText else { return output.append(frame.readable) }
    base64.finish(into: output)
    base64.encode(frame.readable, into: output)
    base64.finish(into: output)
  }

  /// - Returns: whether a status is among them.
  private static func append(_ trailers: Trailers, to frame: ByteBuffer) -> Bool {
    var hasStatus = false
    for index in 0..<trailers.fieldCount where trailers.field(at: index).isForwarded {
      let name = trailers.name(at: index)
      if name.equalsIgnoringCase("grpc-status") { hasStatus = true }
      for index in name.indices { frame.append(ASCII.lowercased(name[index])) }
      frame.append(": ")
      frame.append(trailers.value(at: index))
      frame.append("\r\n")
    }
    return hasStatus
  }

  private static func append(
    _ status: GRPCStatus, _ message: borrowing Span<UInt8>, to frame: ByteBuffer
  ) {
    frame.append("grpc-status: ")
    frame.append(decimal: UInt64(status.rawValue))
    frame.append("\r\n")
    if message.isEmpty { return }
    frame.append("grpc-message: ")
    GRPCMessageText.encode(message, into: frame)
    frame.append("\r\n")
  }
}
