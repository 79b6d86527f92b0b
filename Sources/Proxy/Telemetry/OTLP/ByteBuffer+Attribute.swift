import Memory

/// Attributes: `opentelemetry.proto.common.v1.KeyValue` messages as field `attributes`.
extension ByteBuffer {
  /// A string; it must be well-formed UTF-8, as all text in a span.
  func append(attribute key: StaticString, _ value: Span<UInt8>, field: UInt8 = 9) {
    beginAttribute(
      key, field: field, valueCount: 1 &+ varintCount(value.count) &+ value.count)
    append(field: 1, bytes: value)
  }

  func append(attribute key: StaticString, _ value: [UInt8]) {
    append(attribute: key, value.span)
  }

  func append(attribute key: StaticString, _ value: StaticString, field: UInt8 = 9) {
    let count = value.utf8CodeUnitCount
    beginAttribute(key, field: field, valueCount: 1 &+ varintCount(count) &+ count)
    append(field: 1, text: value)
  }

  /// An integer from 0 on.
  func append(attribute key: StaticString, _ value: Int, field: UInt8 = 9) {
    beginAttribute(key, field: field, valueCount: 1 &+ varintCount(value))
    append(field: 3, varint: UInt64(truncatingIfNeeded: value))
  }

  /// An array of one string.
  func append(attribute key: StaticString, arrayOf value: Span<UInt8>, field: UInt8 = 9) {
    let element = 1 &+ varintCount(value.count) &+ value.count
    let array = 1 &+ varintCount(element) &+ element
    beginAttribute(key, field: field, valueCount: 1 &+ varintCount(array) &+ array)
    append(0x2A as UInt8)
    append(varint: UInt64(array))
    append(0x0A as UInt8)
    append(varint: UInt64(element))
    append(field: 1, bytes: value)
  }

  /// Everything up to the value's own bytes.
  private func beginAttribute(_ key: StaticString, field: UInt8, valueCount: Int) {
    let keyCount = key.utf8CodeUnitCount
    let pair =
      1 &+ varintCount(keyCount) &+ keyCount &+ 1 &+ varintCount(valueCount) &+ valueCount
    if pair < 128 {
      // All lengths are one byte: the four bytes before the key, and the two behind it, are words.
      let lengths = UInt64(pair) &<< 8 | UInt64(keyCount) &<< 24
      append(littleEndian: UInt64(field &<< 3 | 2) | 0x0A &<< 16 | lengths, count: 4)
      append(key)
      append(littleEndian: 0x12 | UInt64(valueCount) &<< 8, count: 2)
      return
    }
    append(field &<< 3 | 2)
    append(varint: UInt64(pair))
    append(field: 1, text: key)
    append(0x12 as UInt8)
    append(varint: UInt64(valueCount))
  }
}
