import Memory

/// Fields the proxy adds by itself.
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

  /// Adds `x-request-id` with a random UUID (RFC 9562 section 5.4) made of 128 random bits.
  public final func addRequestID(high: UInt64, low: UInt64) {
    let versioned = high & ~0xF000 | 0x4000
    let variant = low & ~(0xC0 << 56) | 0x80 << 56
    addField(.xRequestID, name: KnownHeader.xRequestID.name) {
      bytes.append(hex: versioned >> 32, digits: 8)
      bytes.append(UInt8(ascii: "-"))
      bytes.append(hex: versioned >> 16 & 0xFFFF, digits: 4)
      bytes.append(UInt8(ascii: "-"))
      bytes.append(hex: versioned & 0xFFFF, digits: 4)
      bytes.append(UInt8(ascii: "-"))
      bytes.append(hex: variant >> 48, digits: 4)
      bytes.append(UInt8(ascii: "-"))
      bytes.append(hex: variant & 0xFFFF_FFFF_FFFF, digits: 12)
    }
  }

  /// Adds a field of a lower-case name whose value `write` appends to `bytes`.
  @inline(__always)
  public final func addField(_ known: KnownHeader, name: StaticString, _ write: () -> Void) {
    let nameOffset = bytes.count
    bytes.append(name)
    let valueOffset = bytes.count
    write()
    append(
      HeaderField(
        nameOffset: nameOffset, nameCount: valueOffset - nameOffset, valueOffset: valueOffset,
        valueCount: bytes.count - valueOffset, known: known))
  }
}
