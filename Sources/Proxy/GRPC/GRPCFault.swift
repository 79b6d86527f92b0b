/// What is wrong with a peer's gRPC message stream.
public enum GRPCFault: Error, Equatable, Sendable {
  /// The compressed flag is set, though we offered no compression.
  case compressedMessage
  /// The flag byte is neither 0 nor 1.
  case unknownFlag(UInt8)
  case messageTooLarge(byteCount: Int, limit: Int)
}

extension GRPCFault: CustomStringConvertible {
  public var description: String {
    switch self {
    case .compressedMessage: "a compressed message, though no compression was offered"
    case .unknownFlag(let flag): "a message begins with flag byte \(flag); 0 is accepted"
    case .messageTooLarge(let count, let limit):
      "a message of \(count) bytes, more than the \(limit) allowed"
    }
  }
}
