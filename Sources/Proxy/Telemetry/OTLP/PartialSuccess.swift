/// What a collector did not take of a batch that it answered with success.
/// Source: `ExportTraceServiceResponse.partial_success`.
public struct PartialSuccess: Equatable, Sendable {
  public private(set) var rejectedSpans: UInt64 = 0
  /// Why, in the collector's words; may also be a warning though nothing was rejected.
  public private(set) var message = ""

  /// Nothing was rejected where the bytes do not say so; nil when they are no such response.
  public init?(decoding response: [UInt8]) {
    var reader = FieldReader(rest: response[...])
    while let field = reader.next() {
      guard field.number == 1 else { continue }
      var inner = FieldReader(rest: field.bytes)
      while let field = inner.next() {
        switch field.number {
        case 1: rejectedSpans = field.varint
        case 2: message = String(decoding: field.bytes.prefix(256), as: UTF8.self)
        default: break
        }
      }
      if !inner.rest.isEmpty { return nil }
    }
    if !reader.rest.isEmpty { return nil }
  }
}

/// Steps through the fields of a protobuf message; what is malformed stays in `rest`.
private struct FieldReader {
  var rest: ArraySlice<UInt8>

  mutating func next() -> (number: UInt64, varint: UInt64, bytes: ArraySlice<UInt8>)? {
    let start = rest
    guard let tag = varint() else { return nil }
    switch tag & 7 {
    case 0: if let value = varint() { return (tag >> 3, value, []) }
    case 1: if let bytes = take(8) { return (tag >> 3, 0, bytes) }
    case 2:
      if let count = varint(), let bytes = take(count) { return (tag >> 3, 0, bytes) }
    case 5: if let bytes = take(4) { return (tag >> 3, 0, bytes) }
    default: break
    }
    rest = start
    return nil
  }

  private mutating func varint() -> UInt64? {
    var value: UInt64 = 0
    for (index, byte) in rest.prefix(10).enumerated() {
      value |= UInt64(byte & 0x7F) << UInt64(7 * index)
      if byte < 0x80 {
        rest = rest.dropFirst(index + 1)
        return value
      }
    }
    return nil
  }

  private mutating func take(_ count: UInt64) -> ArraySlice<UInt8>? {
    guard count <= UInt64(rest.count) else { return nil }
    defer { rest = rest.dropFirst(Int(count)) }
    return rest.prefix(Int(count))
  }
}
