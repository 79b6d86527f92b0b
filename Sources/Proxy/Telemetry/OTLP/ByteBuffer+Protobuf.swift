import Memory

/// Protobuf's wire format (protobuf.dev/programming-guides/encoding), written forward: a message's
/// length is left open as a padded varint and filled in when the message is complete.
extension ByteBuffer {
  func append(varint value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest &>>= 7
    }
    append(UInt8(truncatingIfNeeded: rest))
  }

  /// Eight bytes, highest first.
  func append(bigEndian value: UInt64) { append(littleEndian: value.byteSwapped) }

  /// A field of type fixed64.
  func append(field: UInt8, fixed64 value: UInt64) {
    append(field &<< 3 | 1)
    append(littleEndian: value)
  }

  /// A field of type fixed32.
  func append(field: UInt64, fixed32 value: UInt32) {
    append(varint: field &<< 3 | 5)
    append(littleEndian: UInt64(value), count: 4)
  }

  /// A field of an integer or enumeration type.
  func append(field: UInt8, varint value: UInt64) {
    append(field &<< 3)
    append(varint: value)
  }

  /// A field of type string or bytes.
  func append(field: UInt8, bytes: Span<UInt8>) {
    append(field &<< 3 | 2)
    append(varint: UInt64(bytes.count))
    append(bytes)
  }

  /// A field of type string.
  func append(field: UInt8, text: StaticString) {
    append(field &<< 3 | 2)
    append(varint: UInt64(text.utf8CodeUnitCount))
    append(text)
  }

  /// Begins a message field of at most 2^28 - 1 bytes; the result goes to `endMessage`.
  func beginMessage(field: UInt8) -> Int {
    append(field &<< 3 | 2)
    let mark = count
    for _ in 0..<Self.openLengthBytes { append(0 as UInt8) }
    return mark
  }

  /// Fills in the length of the message begun at `mark`.
  func endMessage(_ mark: Int) {
    let length = UInt64(count &- mark &- Self.openLengthBytes)
    precondition(length < 1 << 28, "a message fits the length left open for it")
    replace(at: mark, with: UInt8(truncatingIfNeeded: length) | 0x80)
    replace(at: mark &+ 1, with: UInt8(truncatingIfNeeded: length &>> 7) | 0x80)
    replace(at: mark &+ 2, with: UInt8(truncatingIfNeeded: length &>> 14) | 0x80)
    replace(at: mark &+ 3, with: UInt8(truncatingIfNeeded: length &>> 21) & 0x7F)
  }

  private static var openLengthBytes: Int { 4 }
}

/// Bytes a varint takes.
func varintCount(_ value: Int) -> Int {
  (63 &- (UInt64(truncatingIfNeeded: value) | 1).leadingZeroBitCount) / 7 &+ 1
}
