/// Why bytes are not a protobuf message.
enum WireFault: Error, Equatable {
  /// The bytes end inside a value.
  case truncated
  case malformedVarint
  /// Wire types 3, 4, 6 and 7, or field number zero.
  case malformedTag
  case notUTF8(field: String)
  case tooDeep
  case tooManyMessages
}

extension WireFault: CustomStringConvertible {
  var description: String {
    switch self {
    case .truncated: "the message ends in the middle of a field"
    case .malformedVarint: "a varint is longer than ten bytes"
    case .malformedTag: "a field has wire type 3, 4, 6 or 7 or number 0"
    case .notUTF8(let field): "\(field) is not UTF-8"
    case .tooDeep: "messages are nested deeper than \(WireReader.maxDepth)"
    case .tooManyMessages: "it holds more than \(MessageDecoder.maxMessages) messages"
    }
  }
}

/// Reads protobuf's primitive encodings, bounds-checked.
/// Source: protobuf.dev, Encoding.
struct WireReader {
  static let maxDepth = 64

  enum WireType: UInt64 { case varint = 0, fixed64 = 1, lengthDelimited = 2, fixed32 = 5 }

  let bytes: [UInt8]
  private(set) var offset: Int
  private let end: Int

  init(_ bytes: [UInt8]) { self.init(bytes, 0..<bytes.count) }

  init(_ bytes: [UInt8], _ range: Range<Int>) {
    precondition(range.lowerBound >= 0 && range.upperBound <= bytes.count, "range within bytes")
    self.bytes = bytes
    self.offset = range.lowerBound
    self.end = range.upperBound
  }

  var isAtEnd: Bool { offset >= end }

  mutating func readTag() throws(WireFault) -> (number: UInt32, type: WireType) {
    let tag = try readVarint()
    guard let type = WireType(rawValue: tag & 7), tag >> 3 > 0, tag >> 3 < 1 << 29 else {
      throw .malformedTag
    }
    return (UInt32(tag >> 3), type)
  }

  mutating func readVarint() throws(WireFault) -> UInt64 {
    var value: UInt64 = 0
    var shift: UInt64 = 0
    while offset < end {
      let byte = bytes[offset]
      offset += 1
      value |= UInt64(byte & 0x7F) << shift
      if byte < 0x80 { return value }
      shift += 7
      if shift > 63 { throw .malformedVarint }
    }
    throw .truncated
  }

  mutating func readFixed(byteCount: Int) throws(WireFault) -> UInt64 {
    guard end - offset >= byteCount else { throw .truncated }
    var value: UInt64 = 0
    for index in 0..<byteCount { value |= UInt64(bytes[offset + index]) << UInt64(8 * index) }
    offset += byteCount
    return value
  }

  /// The range of a length-delimited value.
  mutating func readRange() throws(WireFault) -> Range<Int> {
    let count = try readVarint()
    guard count <= UInt64(end - offset) else { throw .truncated }
    defer { offset += Int(count) }
    return offset..<offset + Int(count)
  }

  mutating func skip(_ type: WireType) throws(WireFault) {
    switch type {
    case .varint: _ = try readVarint()
    case .fixed64: _ = try readFixed(byteCount: 8)
    case .fixed32: _ = try readFixed(byteCount: 4)
    case .lengthDelimited: _ = try readRange()
    }
  }
}
