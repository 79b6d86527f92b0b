import HTTPModel

/// The path of a call, `/SERVICE/METHOD`, and where its names stand. Source: gRPC over HTTP2, Path.
public struct GRPCMethodPath: Equatable, Sendable {
  private static let maxBytes = 256

  public let service: Range<Int>
  public let method: Range<Int>

  /// nil: it names no method, or one that no service would have: of more than 256 bytes, or of others than
  /// letters, digits, `_`, `-` and `.`.
  public init?(_ path: borrowing Span<UInt8>) {
    guard path.count <= Self.maxBytes, path.count > 1, path[0] == UInt8(ascii: "/"),
      let slash = path.extracting(1..<path.count).firstIndex(of: UInt8(ascii: "/"))
    else { return nil }
    service = 1..<slash + 1
    method = slash + 2..<path.count
    guard !service.isEmpty, !method.isEmpty else { return nil }
    for index in 1..<path.count where index != slash + 1 {
      guard Self.isPart(path[index]) else { return nil }
    }
  }

  private static func isPart(_ byte: UInt8) -> Bool {
    ASCII.isLetter(byte) || ASCII.isDigit(byte)
      || [UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: ".")].contains(byte)
  }
}
