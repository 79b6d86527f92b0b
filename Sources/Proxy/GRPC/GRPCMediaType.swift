import HTTPModel

/// What a `content-type` says of gRPC. Letters of either case are the same, and parameters are left out.
/// Source: gRPC over HTTP2, Content-Type; gRPC Web, Content-Type.
public struct GRPCMediaType: Equatable, Sendable {
  public enum Form: Equatable, Sendable {
    case grpc
    /// Of gRPC-Web.
    case web
    /// Of gRPC-Web, as base64.
    case webText
  }

  public let form: Form
  /// How messages are encoded, such as `json`: where it stands in the value; empty: nothing is said.
  public let format: Range<Int>

  /// nil: it is no type of gRPC.
  public init?(_ value: borrowing Span<UInt8>) {
    let behind = value.firstIndex(of: UInt8(ascii: ";")) ?? value.count
    let end = value.extracting(0..<behind).trimmedIndices.upperBound
    var offset = 0
    guard Self.skip("application/grpc", value, &offset, end) else { return nil }
    if Self.skip("-web", value, &offset, end) {
      if Self.skip("-text", value, &offset, end) {
        _ = Self.skip("-base64", value, &offset, end)
        form = .webText
      } else {
        form = .web
      }
    } else {
      form = .grpc
    }
    guard offset == end || value[offset] == UInt8(ascii: "+") else { return nil }
    format = min(offset + 1, end)..<end
  }

  /// The first type of gRPC-Web in a list, as `accept` has it; nil: there is none.
  public static func firstWeb(in list: borrowing Span<UInt8>) -> Form? {
    var position = 0
    while let element = list.nextListElement(from: &position) {
      if let type = GRPCMediaType(list.extracting(element)), type.form != .grpc { return type.form }
    }
    return nil
  }

  /// Goes behind `text` where it stands at `offset`.
  private static func skip(
    _ text: StaticString, _ value: borrowing Span<UInt8>, _ offset: inout Int, _ end: Int
  ) -> Bool {
    let count = text.utf8CodeUnitCount
    guard offset + count <= end else { return false }
    guard value.extracting(offset..<offset + count).equalsIgnoringCase(text) else { return false }
    offset += count
    return true
  }
}

extension MessageHead {
  /// What `content-type` says of gRPC; nil: the message is none of its.
  public var grpcMediaType: GRPCMediaType? {
    guard let index = nextIndex(of: .contentType) else { return nil }
    return GRPCMediaType(value(at: index))
  }
}
