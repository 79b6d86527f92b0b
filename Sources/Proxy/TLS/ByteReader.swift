/// Reads numbers and length-prefixed vectors from the front of some bytes, never past their end.
/// Source: RFC 8446 section 3.
struct ByteReader: ~Escapable {
  private let bytes: Span<UInt8>
  private(set) var position = 0

  @_lifetime(copy bytes)
  init(_ bytes: Span<UInt8>) { self.bytes = bytes }

  var isAtEnd: Bool { position == bytes.count }

  mutating func byte() -> UInt8? {
    guard position < bytes.count else { return nil }
    defer { position += 1 }
    return bytes[position]
  }

  mutating func uint16() -> UInt16? {
    guard bytes.count - position >= 2 else { return nil }
    defer { position += 2 }
    return UInt16(bytes[position]) << 8 | UInt16(bytes[position + 1])
  }

  /// What is left, but no more than `count` bytes.
  @_lifetime(copy self)
  mutating func upTo(_ count: Int) -> Span<UInt8> {
    let end = min(position + count, bytes.count)
    defer { position = end }
    return bytes.extracting(position..<end)
  }

  /// Drops `count` bytes; false when there are fewer.
  mutating func skip(_ count: Int) -> Bool {
    guard bytes.count - position >= count else { return false }
    position += count
    return true
  }

  mutating func skipVector8() -> Bool { byte().map { skip(Int($0)) } ?? false }
  mutating func skipVector16() -> Bool { uint16().map { skip(Int($0)) } ?? false }

  /// A vector behind its length of one byte.
  @_lifetime(copy self)
  mutating func vector8() -> Span<UInt8>? {
    guard let count = byte() else { return nil }
    return exactly(Int(count))
  }

  /// A vector behind its length of two bytes.
  @_lifetime(copy self)
  mutating func vector16() -> Span<UInt8>? {
    guard let count = uint16() else { return nil }
    return exactly(Int(count))
  }

  @_lifetime(copy self)
  private mutating func exactly(_ count: Int) -> Span<UInt8>? {
    let start = position
    return skip(count) ? bytes.extracting(start..<position) : nil
  }
}
