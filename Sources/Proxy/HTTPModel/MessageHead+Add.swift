import Memory

/// Fields the proxy adds by itself, each written as the line that is sent on.
extension MessageHead {
  /// Adds a field of a known name.
  public final func add(_ known: KnownHeader, _ value: StaticString) {
    addField(known, name: known.name) { bytes.append(value) }
  }

  /// Adds a field of a known name.
  public final func add(_ known: KnownHeader, bytes value: [UInt8]) {
    addField(known, name: known.name) { bytes.append(value) }
  }

  /// Adds a field of any lower-case name.
  public final func add(_ name: StaticString, _ value: String) {
    addField(.other, name: name) { bytes.append(value) }
  }

  /// Adds a field: `name` in lower case.
  public final func add(_ known: KnownHeader, name: Span<UInt8>, value: Span<UInt8>) {
    let start = bytes.count
    let valueOffset = bytes.append(line: name, value)
    append(
      HeaderField(
        nameOffset: start, nameCount: name.count, valueOffset: valueOffset,
        valueCount: value.count, known: known, flags: .line))
  }

  /// Adds `x-request-id` with a random UUID (RFC 9562 section 5.4) made of 128 random bits.
  public final func addRequestID(high: UInt64, low: UInt64) {
    let versioned = high & ~0xF000 | 0x4000
    let variant = low & ~(0xC0 << 56) | 0x80 << 56
    addField(.xRequestID, name: "x-request-id") { bytes.append(uuid: versioned, variant) }
  }

  /// Adds a field of a lower-case name whose value `write` appends to `bytes`.
  @inline(__always)
  public final func addField(_ known: KnownHeader, name: StaticString, _ write: () -> Void) {
    let start = bytes.count
    bytes.append(name)
    let valueOffset = beginValue()
    write()
    endField(known, from: start, valueOffset: valueOffset)
  }

  // MARK: field by field

  /// Call behind a name that was appended to `bytes`.
  /// - Returns: where the value, to be appended next, begins.
  @inline(__always)
  public final func beginValue() -> Int {
    bytes.append(": ")
    return bytes.count
  }

  /// Records the field whose name was appended to `bytes` from `start` on, and its value behind it.
  @inline(__always)
  public final func endField(_ known: KnownHeader, from start: Int, valueOffset: Int) {
    let end = bytes.count
    bytes.append("\r\n")
    append(
      HeaderField(
        nameOffset: start, nameCount: valueOffset &- start &- 2, valueOffset: valueOffset,
        valueCount: end &- valueOffset, known: known, flags: .line))
  }
}
