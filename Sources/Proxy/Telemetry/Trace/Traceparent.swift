import HTTPModel
import Memory

/// The value of a `traceparent` field (Trace Context section 3.2).
struct Traceparent: Equatable {
  var traceHigh: UInt64
  var traceLow: UInt64
  var parentID: UInt64
  var flags: TraceFlags

  /// Bytes of version 00, and the least of any version.
  static let count = 55

  /// Decodes a value without white space around it; nil when the trace must be restarted.
  /// Of a version above 00 the parts that this version knows are used.
  init?(decoding value: Span<UInt8>) {
    guard value.count >= Self.count else { return nil }
    guard value[2] == Self.dash, value[35] == Self.dash, value[52] == Self.dash else { return nil }
    // Version and flags are read as one word with their neighbours made zeros.
    let edges =
      UInt64(value[0]) | UInt64(value[1]) &<< 8 | UInt64(value[53]) &<< 48
      | UInt64(value[54]) &<< 56 | 0x0000_3030_3030_0000
    guard let edge = HexWord.decode(edges),
      let high = Self.id(value, at: 3), let low = Self.id(value, at: 19),
      let parent = Self.id(value, at: 36)
    else { return nil }
    let version = edge &>> 24
    guard version != 0xFF, high | low != 0, parent != 0 else { return nil }
    if value.count > Self.count {
      guard version != 0, value[Self.count] == Self.dash else { return nil }
    }
    traceHigh = high
    traceLow = low
    parentID = parent
    flags = TraceFlags(rawValue: UInt8(truncatingIfNeeded: edge) & 3)
  }

  private static let dash = UInt8(ascii: "-")

  @inline(__always)
  private static func id(_ text: Span<UInt8>, at offset: Int) -> UInt64? {
    guard let high = HexWord.decode(text.word(at: offset)),
      let low = HexWord.decode(text.word(at: offset &+ 8))
    else { return nil }
    return high &<< 32 | low
  }
}
